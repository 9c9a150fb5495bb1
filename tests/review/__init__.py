"""What a stranger found who drove the gateway with payloads of their own."""

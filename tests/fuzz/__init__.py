"""Coverage-guided fuzzing of the HL7 v2 parser and adapter and of MLLP's frames and answers. ``make fuzz``.

properties   what must hold for any bytes
mutations    changes that keep a message looking like one
target       the process that atheris (libFuzzer) drives
found        inputs that once broke a property, each played again by tests/hl7v2/test_bad_input.py
"""

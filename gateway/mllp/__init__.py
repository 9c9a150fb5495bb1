"""HL7 v2 over MLLP: the door for systems that speak nothing else. What it takes goes the way of every payload.

framing            bytes as they arrive to blocks (VT … FS CR), within limits
header             the MSH of a block, as far as an answer needs it
conditions         our rules to HL7 table 0357, and places to ERR-2
acknowledgement    ACK: MSH, MSA, ERR
modes              original and enhanced: which acknowledgements a message gets
door               one block: taken by intake, then answered
conversation       one connection: a block at a time
room               what all connections may hold together
server             listeners, connections, the end
tls                its encryption
client             the other side, for ``gateway send-mllp``

Minimal Lower Layer Protocol, release 1: HL7 v2.5.1 implementation guide, appendix C. The words of the
acknowledgements: HL7 v2.5.1 chapter 2, section 2.9. docs/mllp.md says what was decided where they leave a choice.
"""

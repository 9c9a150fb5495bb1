"""A province's mixed HL7 v2 traffic, made of a seed: hospitals, their patients, and what their systems tell of them.

Everybody in it is invented. The same seed gives the same bytes, for ever.
"""

from gateway.simulator.province.traffic import FACILITIES, Sent, traffic

__all__ = ["FACILITIES", "Sent", "traffic"]

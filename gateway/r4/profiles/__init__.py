"""Profiles: StructureDefinitions that ask more of a resource than R4 does, and the check against them."""

from gateway.r4.profiles.held import falls_under_a_profile, names_a_profile, profile_issues
from gateway.r4.profiles.known import Profiles
from gateway.r4.profiles.profile import Profile

__all__ = ["Profile", "Profiles", "falls_under_a_profile", "names_a_profile", "profile_issues"]

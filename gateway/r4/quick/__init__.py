"""A first look at a resource: is it certainly valid?

Nearly all that passes is valid, and to know that needs no paths, no messages and no nodes. So
:func:`certainly_valid` answers from Python generated for each R4 type (``source.py``), and where it
does not say yes, the walker (``gateway.r4.structure``) looks again and says what is wrong. Only one
thing must hold, and a property test holds it: **yes means that the walker finds nothing**. No means
nothing: what is rare (element ids, a Bundle in a Bundle) is simply left to the
walker, so that each rule has its words, its path and its precise form in one place alone.
"""

from gateway.r4.quick.links import Links
from gateway.r4.quick.look import certainly_valid
from gateway.r4.quick.met import surely_met
from gateway.r4.quick.settled import settled_entries

__all__ = ["Links", "certainly_valid", "settled_entries", "surely_met"]

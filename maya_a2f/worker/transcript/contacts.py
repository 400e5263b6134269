"""A take with the lip contacts of its transcript."""

from __future__ import annotations

import dataclasses

from maya_a2f.core.closures import LipGap, can_close, with_contacts
from maya_a2f.core.lip_contacts import lip_spans
from maya_a2f.core.take import Take
from maya_a2f.worker.transcript.alignment import Alignment

FALLBACK_NOTE = "The transcript does not fit the recording and was not used."
NO_CHANNELS_NOTE = "The transcript was not used: the model gives no jawOpen and mouthClose to close the lips with."


def with_alignment(take: Take, found: Alignment, lip_gap: LipGap) -> Take:
    """``take`` (without its tail) with contacts and open vowels where ``found`` has them.

    What was found is kept in ``made_by["alignment"]``. An alignment that does not fit leaves the tracks as they are and
    is told in the notes.
    """
    tracks, notes = take.tracks, take.notes
    if not found.fits:
        notes = (*notes, f"{FALLBACK_NOTE} {found.reason}")
    elif not can_close(tracks, lip_gap):
        notes = (*notes, NO_CHANNELS_NOTE)
    else:
        tracks = with_contacts(tracks, take.rate, lip_spans(found.phones, found.alphabet), lip_gap)
    return dataclasses.replace(take, tracks=tracks, notes=notes, made_by={**take.made_by, "alignment": found.to_dict()})

"""From a transcript and a recording to phones with times, and a judgement whether the two belong together."""

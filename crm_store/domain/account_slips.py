"""Account numbers written with a slip."""


def is_slip(typed: str, meant: str) -> bool:
    """Two neighbours changed about, a digit left out, or one too many."""
    if len(typed) == len(meant):
        differ = [place for place, pair in enumerate(zip(typed, meant, strict=True)) if pair[0] != pair[1]]
        return (
            len(differ) == 2
            and differ[1] == differ[0] + 1
            and typed[differ[0]] == meant[differ[1]]
            and typed[differ[1]] == meant[differ[0]]
        )
    longer, shorter = sorted((typed, meant), key=len, reverse=True)
    return len(longer) == len(shorter) + 1 and any(
        longer[:place] + longer[place + 1 :] == shorter for place in range(len(longer))
    )

"""The forms of a page as a browser would send them without pressing a button."""

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class PageForm:
    """Where a form goes, and its fields: one value, or a list where the name comes more than once."""

    action: str
    fields: dict[str, str | list[str]] = field(default_factory=dict)

    def add(self, name: str, value: str) -> None:
        """One more value of the name."""
        before = self.fields.get(name)
        if before is None:
            self.fields[name] = value
        else:
            self.fields[name] = [*(before if isinstance(before, list) else [before]), value]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[PageForm] = []
        self._open = False
        self._select: tuple[str, list[tuple[str, bool]]] | None = None
        self._area: tuple[str, list[str]] | None = None

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "form" and given.get("method") == "post":
            self.forms.append(PageForm(given.get("action", "")))
            self._open = True
        if not self._open:
            return
        name = given.get("name")
        if tag == "input" and name:
            if given.get("type") not in ("checkbox", "radio") or "checked" in given:
                self.forms[-1].add(name, given.get("value") or "")
        elif tag == "textarea" and name:
            self._area = (name, [])
        elif tag == "select" and name:
            self._select = (name, [])
        elif tag == "option" and self._select:
            self._select[1].append((given.get("value", ""), "selected" in given))

    def handle_data(self, data):
        if self._area:
            self._area[1].append(data)

    def handle_endtag(self, tag):
        if tag == "form":
            self._open = False
        elif tag == "textarea" and self._area:
            self.forms[-1].add(self._area[0], "".join(self._area[1]))
            self._area = None
        elif tag == "select" and self._select:
            name, options = self._select
            chosen = next((value for value, is_chosen in options if is_chosen), None)
            self.forms[-1].add(name, chosen if chosen is not None else (options[0][0] if options else ""))
            self._select = None


def forms(html: str) -> list[PageForm]:
    """The page's own forms that post: those of the top bar and of the flash are left out."""
    reader = _Reader()
    reader.feed(html.partition("<main")[2])
    for one in reader.forms:
        one.fields.pop("csrf", None)
    return reader.forms

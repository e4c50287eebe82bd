"""Texts for translators and back: a .po catalogue of the replies as they are said now."""

from datetime import datetime
from io import BytesIO

from babel.messages.catalog import Catalog
from babel.messages.pofile import PoFileError, read_po, write_po
from sqlalchemy.orm import Session

from crm_store.domain.region import Region
from crm_store.domain.region_file import RegionFile
from crm_store.domain.segments import segments
from crm_store.services.proposals import ProposalRefused, WordingRefused, propose_wording
from crm_store.tables import Proposal
from crm_store.text_samples import longest_text
from crm_store.texts import sources, wording_of


def write_catalogue(region: Region, language: str) -> str:
    """The replies as a .po file: English as it ships, and the words said now in the language.

    A comment tells how many SMS segments the longest form of each takes.
    """
    catalogue = Catalog(locale=language, project="Phendula", charset="utf-8")
    for key, source in sources().items():
        if key.startswith("utter_"):
            count = segments(longest_text(key, language, region)).count
            catalogue.add(
                source.text,
                wording_of(key, language, region),
                context=key,
                auto_comments=[f"at most {count} SMS segment{'' if count == 1 else 's'} now"],
            )
    written = BytesIO()
    write_po(written, catalogue, width=0, omit_header=False)
    return written.getvalue().decode("utf-8")


def propose_catalogue(
    session: Session,
    file: RegionFile,
    region: Region,
    language: str,
    content: str,
    actor: str,
    now: datetime,
) -> tuple[list[Proposal], list[tuple[str, str]]]:
    """Propose every wording of a translator's .po file that differs from what is said now.

    Returns the proposals, and the keys that were not taken, each with the reason. Raises ProposalRefused for
    a file that is no .po catalogue.
    """
    try:
        catalogue = read_po(BytesIO(content.encode("utf-8")), locale=language, abort_invalid=True)
    except (PoFileError, ValueError) as error:
        raise ProposalRefused("no_catalogue", f"this is no .po catalogue of {language}: {error}") from None
    proposed: list[Proposal] = []
    refused: list[tuple[str, str]] = []
    for message in catalogue:
        key, words = str(message.context or ""), str(message.string or "").strip()
        if not message.id or not words or message.fuzzy or not key.startswith("utter_"):
            continue
        if key not in sources():
            refused.append((key, "there is no such text any more"))
        elif words != wording_of(key, language, region):
            try:
                proposed.append(
                    propose_wording(
                        session, file, region, key, language, words, actor, now, why="translation"
                    )
                )
            except (ProposalRefused, WordingRefused) as refusal:
                refused.append((key, str(refusal)))
    return proposed, refused

"""Cells of a phone column, and what the reference makes of them.

Writes a gzipped table: a first line `# phonenumbers VERSION seed SEED`, then one case a line, tab-separated:

    cell      the text
    region    the default region, `-` for none
    reading   what the reference reads with that region
    added     the same with a `+` in front and no region; `-` for a cell that has its `+`
    verdict   what docs/numbers.md says that the cell becomes

A reading is `digits region type` when valid, `?LENGTH` when parsed and not valid (ValidationResult), `!ERROR` when not
parsed (NumberParseException.error_type). Digits are shortened to `CODE@N` when they end with the last N of the cell.

A verdict is `=digits` accepted, `~digits` accepted as `ambiguous`, `>digits` refused as `missing_plus`, `*` refused as
`ambiguous`, `!` refused otherwise, `-` for a cell that a repair or a policy would touch. It is worked out here, from
the page and the reference, on purpose not as the program does.
"""

import argparse
import gzip
import random
import re

import phonenumbers as pn
from phonenumbers import PhoneMetadata, PhoneNumberFormat as Format, PhoneNumberType as Type

ALL_TYPES = [Type.FIXED_LINE, Type.MOBILE, Type.TOLL_FREE, Type.PREMIUM_RATE, Type.SHARED_COST, Type.VOIP,
             Type.PERSONAL_NUMBER, Type.PAGER, Type.UAN, Type.VOICEMAIL]
REGIONS = sorted(pn.SUPPORTED_REGIONS)
POPULAR = ["US", "GB", "DE", "FR", "IT", "ES", "BR", "MX", "AR", "IN", "CN", "JP", "AU", "RU", "AT", "CA", "ID", "NG"]
NASTY = ["IT", "SM", "VA", "AR", "MX", "BR", "CO", "CR", "CL", "RU", "KZ", "GB", "GG", "JE", "IM", "JM", "BS", "PR", "DO",
         "CA", "JP", "KR", "HK", "AU", "CC", "CX", "FI", "AX", "NO", "SJ", "HU", "BY", "LT", "UZ", "CI", "GA", "BJ", "DE", "AT"]
WORLD = [800, 808, 870, 878, 881, 882, 883, 888, 979]
PUNCTUATION = [" ", "-", ".", "/", " - ", "  ", ") "]


def metadata(region):
    return PhoneMetadata.metadata_for_region(region)


def national_digits(number):
    return pn.national_significant_number(number)


def examples():
    """Example numbers by region and type, as (calling code, national digits, region)."""
    found = {}
    for region in REGIONS:
        found[region] = [
            (number.country_code, national_digits(number), region)
            for kind in ALL_TYPES
            if (number := pn.example_number_for_type(region, kind)) is not None
        ]
    world = []
    for code in WORLD:
        number = pn.example_number_for_non_geo_entity(code)
        world.append((code, national_digits(number), None))
    return found, world


class Maker:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.examples, self.world = examples()
        self.siblings = {code: list(regions) for code, regions in pn.COUNTRY_CODE_TO_REGION_CODE.items()}
        self.prefixes = {region: self.international_prefixes(region) for region in REGIONS}

    def international_prefixes(self, region):
        """Literal international prefixes of a region: the preferred one, and what its pattern matches."""
        data = metadata(region)
        pattern = re.compile(data.international_prefix or "(?!)")
        tried = ["00", "011", "0011", "010", "810", "990", "994", "0014", "0018", "001", "002", "005", "007", "008", "009",
                 "119", "000", "00700", "0041", "0031"]
        found = [prefix for prefix in tried if pattern.fullmatch(prefix)]
        preferred = data.preferred_international_prefix
        return found + ([preferred] if preferred else [])

    def number(self):
        """A calling code, national digits and a region; the digits are valid more often than not."""
        pick = self.random
        if pick.random() < 0.03:
            code, digits, region = pick.choice(self.world)
        else:
            regions = NASTY if pick.random() < 0.4 else REGIONS
            region = pick.choice(regions)
            code, digits, region = pick.choice(self.examples[region])
        # The further to the left a digit is changed, the more often another range or none is hit.
        keep = pick.choice([len(digits), 6, 5, 4, 4, 3, 3, 2, 1])
        digits = "".join(d if index < keep else pick.choice("0123456789") for index, d in enumerate(digits))
        fault = pick.random()
        if fault < 0.04:
            digits = digits[:-1]
        elif fault < 0.08:
            digits += pick.choice("0123456789")
        elif fault < 0.09:
            digits = digits[:4]
        elif fault < 0.10:
            digits = "0" + digits
        return code, digits, region

    def reader(self, code, region):
        """The default region of the row."""
        pick = self.random
        roll = pick.random()
        if roll < 0.05:
            return None
        if region is None or roll < 0.30:
            return pick.choice(POPULAR if pick.random() < 0.6 else REGIONS)
        if roll < 0.45:
            return pick.choice(self.siblings[code])
        return region

    def grouped(self, digits):
        """The digits with punctuation strewn in."""
        pick = self.random
        if pick.random() < 0.3:
            return digits
        separator = pick.choice(PUNCTUATION)
        out, size = [], 0
        for index, digit in enumerate(digits):
            if index and size >= 2 and pick.random() < 0.35:
                out.append(separator)
                size = 0
            out.append(digit)
            size += 1
        text = "".join(out)
        return "(" + text if separator == ") " and separator in text else text.replace(") ", "")

    def cell(self, code, digits, region, reader):
        """One way of writing the number down."""
        pick = self.random
        number = pn.PhoneNumber(country_code=code, national_number=int(digits or "0"))
        zeros = len(digits) - len(digits.lstrip("0"))
        if zeros:
            number.italian_leading_zero = True
            number.number_of_leading_zeros = zeros
        trunk = (metadata(region).national_prefix if region else None) or ""
        ways = [
            lambda: f"+{code}{digits}",
            lambda: f"+{code}{digits}",
            lambda: f"+{code} {self.grouped(digits)}",
            lambda: pn.format_number(number, Format.INTERNATIONAL),
            lambda: pn.format_number(number, Format.NATIONAL),
            lambda: pn.format_number(number, Format.NATIONAL),
            lambda: trunk + digits,
            lambda: self.grouped(trunk + digits),
            lambda: f"({trunk}){self.grouped(digits)}",
            lambda: digits,
            lambda: self.grouped(digits),
            lambda: f"{code}{digits}",
            lambda: f"{code} {self.grouped(digits)}",
            lambda: f"00{code}{digits}",
            lambda: f"00 {code} {self.grouped(digits)}",
            lambda: pick.choice(self.prefixes.get(reader) or ["00"]) + f" {code} {self.grouped(digits)}",
            lambda: f"+{code}{trunk}{digits}",
            lambda: f"+{code} ({trunk or 0}) {self.grouped(digits)}",
            lambda: f"{code} {trunk}{digits}",
            lambda: self.local_oddity(region, digits),
            lambda: self.odd(pn.format_number(number, Format.INTERNATIONAL)),
        ]
        return pick.choice(ways)()

    def local_oddity(self, region, digits):
        """What is written in one country only: mobile prefixes, carrier codes."""
        pick = self.random
        if region == "AR" and digits.startswith("9"):
            area = pick.choice([2, 3, 4])
            return f"{pick.choice(['0', ''])}{digits[1:1 + area]} 15 {digits[1 + area:]}"
        if region == "MX":
            return pick.choice(["01", "044", "045", "1", "+521", "+52 1 ", "52 1 "]) + digits
        if region == "BR":
            return pick.choice(["0", "0 15 ", "0 21 ", "041", "90", "9090"]) + self.grouped(digits)
        if region == "CO":
            return pick.choice(["0", "03", "09", "05"]) + digits
        if region == "JP":
            return pick.choice(["0077", "0066", "0078", "0"]) + digits
        if region in ("US", "CA", "PR", "JM", "BS"):
            return pick.choice(["1", "1-", "+1 ", "+1-", ""]) + (digits[3:] if pick.random() < 0.2 else self.grouped(digits))
        return pick.choice(["0", "8", "06", "01", "1", "15", "9", ""]) + digits

    def odd(self, text):
        """The same in characters that the reference understands too; the program repairs or refuses them by name."""
        pick = self.random
        return pick.choice([
            lambda: text.replace(" ", "\u00a0"),
            lambda: text.replace("-", "\u2011").replace(" ", "\u2013"),
            lambda: text.replace(" ", "\uff5e"),
            lambda: "".join(chr(0xFF10 + int(c)) if c.isdigit() else c for c in text),
            lambda: "".join(chr(0x0660 + int(c)) if c.isdigit() else c for c in text),
            lambda: text.replace("+", "\uff0b"),
            lambda: text + pick.choice([" x12", " ext. 5", ";ext=77", " #9"]),
            lambda: "tel:" + text,
            lambda: "(" + text[:4] + ")" + text[4:],
            lambda: text + pick.choice([" ?", " (home)", "*", " a", "A"]),
        ])()


class Reading:
    """What the reference makes of a text."""

    def __init__(self, text, region):
        self.digits = self.region = self.source = self.national = None
        self.valid = False
        try:
            number = pn.parse(text, region, keep_raw_input=True)
        except pn.NumberParseException as error:
            self.told = f"!{error.error_type}"
            return
        number.raw_input = None
        self.digits = pn.format_number(number, Format.E164)[1:]
        if len(self.digits) > 15:
            self.told = f"!{pn.NumberParseException.TOO_LONG}"
            self.digits = None
            return
        self.source = number.country_code_source
        self.valid = pn.is_valid_number(number)
        self.told = f"?{pn.is_possible_number_with_reason(number)}"
        if self.valid:
            self.region = pn.region_code_for_number(number)
            self.kind = pn.number_type(number)
            self.significant = national_digits(number)
            self.national = pn.format_number(number, Format.NATIONAL)
            self.code = str(number.country_code)

    def shown(self, cell):
        if not self.valid:
            return self.told
        return f"{shortened(self.digits, cell)} {self.region} {self.kind}"


def only_digits(text):
    return "".join(c for c in text if c in "0123456789")


def shortened(digits, cell):
    cell = only_digits(cell)
    length = 0
    while length < min(len(digits), len(cell)) and digits[-length - 1] == cell[-length - 1]:
        length += 1
    return f"{digits[:-length]}@{length}" if length > 3 else digits


PLAIN = re.compile(r"[-+ .()/0-9]*")
TOUCHED = re.compile(r"\(0\)|^\+?[0-9]+[.,]0{1,2}$|[0-9].*\+")


def verdict(cell, region, reading, added):
    """The page, said again: what a cell becomes that no repair but `double_zero` touches."""
    if not PLAIN.fullmatch(cell) or TOUCHED.search(cell):
        return "-"
    digits = only_digits(cell)
    if "+" in cell:
        # A `+` that leads nowhere before an international prefix is repaired; the reference does so too.
        return accepted("=", reading, cell) if reading.valid else ("-" if digits.startswith("00") else "!")
    # The region's own international prefix, or 00, and everything else that the cell could be.
    prefixed = reading.source == pn.CountryCodeSource.FROM_NUMBER_WITH_IDD
    if prefixed or digits.startswith("00"):
        found = {}
        if digits.startswith("00"):
            after = cell[[at for at, c in enumerate(cell) if c in "0123456789"][1] + 1:]
            behind = Reading("+" + after, None)
            if behind.valid:
                found[behind.digits] = ("=", behind)
        elif added.valid:
            found[added.digits] = (">", added)
        if reading.valid:
            found[reading.digits] = ("=", reading)
        if prefixed:
            inside = Reading(f"+{metadata(region).country_code}{cell}", None)
            if inside.valid:
                found[inside.digits] = ("=", inside)
        if len(found) > 1:
            return "*"
        return accepted(*next(iter(found.values())), cell) if found else "!"
    if region is None:
        return accepted(">", added, cell) if added.valid else "!"
    if not reading.valid:
        return accepted(">", added, cell) if added.valid else "!"
    if not added.valid or added.digits == reading.digits:
        return accepted("=", reading, cell)
    trunk = metadata(region).national_prefix
    written = only_digits(reading.national)
    with_trunk = lambda text: bool(trunk) and text.startswith(trunk) and text != reading.significant
    if with_trunk(written) and not with_trunk(digits):
        own = str(metadata(region).country_code)
        return accepted("~", added, cell) if added.code == own else "*"
    return accepted("~", reading, cell)


def accepted(how, reading, cell):
    return how + shortened(reading.digits, cell)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--count", type=int, default=52_000)
    arguments.add_argument("--output", default="tests/data/number-cases.tsv.gz")
    settings = arguments.parse_args()

    maker = Maker(settings.seed)
    cases = set()
    while len(cases) < settings.count:
        code, digits, region = maker.number()
        reader = maker.reader(code, region)
        cell = maker.cell(code, digits, region, reader).strip()
        if cell and "\t" not in cell and "\n" not in cell:
            cases.add((reader or "-", cell))
    with gzip.GzipFile(settings.output, "wb", compresslevel=9, mtime=0) as out:
        out.write(f"# phonenumbers {pn.__version__} seed {settings.seed}\n".encode())
        # Sorted, for a small file and for libraries that are slow with many regions at once.
        for reader, cell in sorted(cases):
            region = None if reader == "-" else reader
            reading = Reading(cell, region)
            added = None if "+" in cell or "\uff0b" in cell else Reading("+" + cell, None)
            shown = added.shown(cell) if added else "-"
            line = [cell, reader, reading.shown(cell), shown, verdict(cell, region, reading, added)]
            out.write(("\t".join(line) + "\n").encode())


if __name__ == "__main__":
    main()

"""Where a ``base_url`` may lead: servers on the net, named as they are, and this very machine."""

from __future__ import annotations

import ipaddress
from pathlib import Path

import idna
import pytest
from hypothesis import given
from hypothesis import strategies as st
from urllib3.util import parse_url

from campaign_bot import servers
from campaign_bot.servers import Fault
from support.files import ACCOUNTS, load, told, write

INNER = ("127.0.0.1", "169.254.169.254", "10.0.0.1")

BAD, MORE, ODD, LOOK_ALIKE, PRIVATE, INSECURE = Fault

REFUSED = {
    # more than a server, or less
    "https://social.test?x=": MORE,
    "https://social.test/?x=1": MORE,
    "https://social.test/#top": MORE,
    "http://127.0.0.1:9000/admin/shutdown?x=": MORE,
    "http://127.0.0.1:9000/admin/shutdown#": MORE,
    "https://user:pass@social.test": BAD,
    "https://user@social.test": BAD,
    "https://@social.test": BAD,
    "https://social.test@evil.test": BAD,
    "https://social.test\\@evil.test": BAD,
    "https://social.test\\.evil.test": BAD,
    "https://social.test:443:80": BAD,
    "https://social.test:0": BAD,
    "https://social.test:65536": BAD,
    "https://social.test:٤٤٣": BAD,
    "https://social.test/a b": BAD,
    "https://social .test": BAD,
    "https://social\\ttest": BAD,
    "https://social.test/%2e%2e/admin": BAD,
    "https://%6cocalhost": BAD,
    "https://[::1": BAD,
    "https://[::1%25eth0]": BAD,
    "https://": BAD,
    "https:///path": BAD,
    "//social.test": BAD,
    "social.test": BAD,
    "ftp://social.test": BAD,
    "file:///etc/passwd": BAD,
    "httpſ://social.test": BAD,
    # not as the net writes it
    "https://social.test.": ODD,
    "https://.social.test": ODD,
    "https://social..test": ODD,
    "https://-social.test": ODD,
    "https://social_.test": ODD,
    "https://xn--social-.test": ODD,
    "https://xn--a.test": LOOK_ALIKE,  # a control character
    "https://xn--españa-rta.test": ODD,
    f"https://{'a' * 64}.test": ODD,
    f"https://{'a.' * 130}test": ODD,
    "http://2130706433": ODD,
    "https://2852039166": ODD,
    "http://0x7f.1": ODD,
    "https://0xa9fea9fe": ODD,
    "http://0177.0.0.1": ODD,
    "https://0251.0376.0251.0376": ODD,
    "http://127.1": ODD,
    "https://10.1": ODD,
    "https://1.2.3.256": ODD,
    "https://1.2.3.4.5": ODD,
    "https://169.254.43518": ODD,
    # letters that look like others
    "https://mаstodon.social": LOOK_ALIKE,  # a Cyrillic а
    "https://xn--mstodon-2fg.social": LOOK_ALIKE,  # the same, in Punycode
    "https://MАSTODON.social": LOOK_ALIKE,
    "https://bsky.sοcial": LOOK_ALIKE,  # a Greek ο
    "https://аррӏе.test": LOOK_ALIKE,  # all Cyrillic
    "https://xn--80ak6aa92e.test": LOOK_ALIKE,
    "https://mɑstodon.social": LOOK_ALIKE,  # phonetic
    "https://bsky.socıal": LOOK_ALIKE,  # an i without its dot
    "https://ｍastodon.social": LOOK_ALIKE,  # wide
    "https://１２７.０.０.１": LOOK_ALIKE,
    "https://①27.0.0.1": ODD,
    "https://evil。test": LOOK_ALIKE,  # an ideographic full stop
    "https://social.test\u2044.evil.test": LOOK_ALIKE,  # a fraction slash
    "https://soc\u200dial.test": BAD,
    "https://soc\u00adial.test": BAD,
    "https://ꮯꭺꭱ.test": LOOK_ALIKE,  # Cherokee
    "https://日本a.test": LOOK_ALIKE,
    # inside
    "http://169.254.169.254/latest/meta-data": PRIVATE,
    "https://169.254.169.254": PRIVATE,
    "https://10.1.2.3": PRIVATE,
    "https://172.16.0.1": PRIVATE,
    "https://192.168.1.1": PRIVATE,
    "https://100.64.0.1": PRIVATE,
    "https://0.0.0.0": PRIVATE,
    "https://255.255.255.255": PRIVATE,
    "https://224.0.0.1": PRIVATE,
    "https://[::]": PRIVATE,
    "https://[fc00::1]": PRIVATE,
    "https://[fdff::1]": PRIVATE,
    "https://[fe80::1]": PRIVATE,
    "https://[ff02::1]": PRIVATE,
    "https://[::ffff:169.254.169.254]": PRIVATE,
    "https://[::ffff:a9fe:a9fe]": PRIVATE,
    "https://[::169.254.169.254]": PRIVATE,
    "https://[64:ff9b::a9fe:a9fe]": PRIVATE,
    "https://[2002:a9fe:a9fe::]": PRIVATE,
    "https://metadata.google.internal": PRIVATE,
    "https://printer.local": PRIVATE,
    "https://box.localhost": PRIVATE,
    "https://nas.lan": PRIVATE,
    "https://router.home.arpa": PRIVATE,
    "https://intranet": PRIVATE,
    # not encrypted
    "http://social.test": INSECURE,
    "HTTP://social.test": INSECURE,
    "http://127.0.0.1.social.test": INSECURE,
    "http://localhost.social.test": INSECURE,
}
FINE = [
    "https://social.test",
    "https://Social.Test:8443/mastodon/",
    "https://8.8.8.8",
    "https://[2606:4700:4700::1111]:8443",
    "http://127.0.0.1:3000",
    "http://127.9.9.9",
    "http://[::1]:3000",
    "https://localhost",
    "http://LOCALHOST:8080/base",
    "https://españa.example",
    "https://xn--espaa-rta.example",
    "https://espan\u0303a.example",  # as some editors write the ñ
    "https://straße.test",
    "https://việtnam.test",
    "https://пример.рф",
    "https://правда.test",
    "https://сео.рф",
    "https://ελληνικά.test",
    "https://日本語ひらがなカナー.test",
    "https://佐々木.test",
    "https://한국漢字.test",
    "https://مثال.test",
    "https://उदाहरण.test",
]


def account(tmp_path: Path, address: str) -> Path:
    fields = f'{{platform: x, languages: [en], base_url: "{address}"}}'
    accounts = f"accounts:\n  x-es: {{platform: x, languages: [es]}}\n  x-en: {fields}\n"
    return write(tmp_path, {ACCOUNTS: accounts.replace("\\", "\\\\"), "posts/launch/letter.md": None})


@pytest.mark.parametrize(("address", "fault"), REFUSED.items())
def test_it_is_a_problem_with_file_and_line(tmp_path: Path, address: str, fault: Fault) -> None:
    loaded = load(account(tmp_path, address))
    assert [one.rpartition(" ")[2] for one in told(loaded)] == [fault]
    assert loaded.problems[0].line == 3
    assert loaded.campaign is None


@pytest.mark.parametrize("address", FINE)
def test_an_honest_server(tmp_path: Path, address: str) -> None:
    loaded = load(account(tmp_path, address))
    assert told(loaded) == []
    assert loaded.campaign


@pytest.mark.parametrize(
    ("address", "hidden"),
    [("https://a:s3cret-1@b.test", "s3cret"), ("https://b.test?key=s3cret-1", "s3cret")],
)
def test_a_secret_in_it_is_not_quoted(tmp_path: Path, address: str, hidden: str) -> None:
    assert hidden not in str(load(account(tmp_path, address)).problems)


def test_a_look_alike_is_told_with_its_real_name(tmp_path: Path) -> None:
    problem = load(account(tmp_path, "https://mаstodon.social")).problems[0]
    assert problem.params["host"] == "https://xn--mstodon-2fg.social"


# ---------------------------------------------------------------- which server it is


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://Social.Test", "HTTPS://social.test:443/mastodon/"),
        ("http://localhost", "http://LOCALHOST:80/"),
        ("https://[2606:4700:4700::1111]", "https://[2606:4700:4700:0:0:0:0:1111]:443"),
        ("https://españa.example", "https://xn--espaa-rta.example"),
        ("https://espan\u0303a.example", "https://ESPAÑA.example/"),
    ],
)
def test_one_server_in_two_spellings(one: str, other: str) -> None:
    assert servers.server(one) == servers.server(other)


@pytest.mark.parametrize(
    "other",
    [
        "https://social.test:8443",
        "http://social.test",
        "https://a.social.test",
        "https://socìal.test",
        "http://127.0.0.1",
        "https://localhost",
    ],
)
def test_another_server(other: str) -> None:
    assert servers.server(other) != servers.server("https://social.test")


@given(st.ip_addresses())
def test_no_address_in_numbers_leads_inside(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    """Only what the world routes, and loopback."""
    host = f"[{address}]" if address.version == 6 else str(address)
    is_fine = servers.fault(f"https://{host}") is None
    mapped = getattr(address, "ipv4_mapped", None)
    assert not is_fine or servers.is_loopback(str(address)) or (address.is_global and not mapped)


@given(st.sampled_from(INNER), st.data())
def test_no_spelling_of_an_inner_address_gets_through(address: str, data: st.DataObject) -> None:
    """Decimal, octal, hexadecimal and short forms, in any mixture, as ``inet_aton`` takes them."""
    number = int(ipaddress.IPv4Address(address))
    forms = st.sampled_from(["{}", "0x{:x}", "0{:o}", "0x0{:X}"])
    singles = data.draw(st.integers(0, 3))  # so many pieces of a byte; the last one has the rest
    numbers = [*number.to_bytes(4)[:singles], number & (1 << 8 * (4 - singles)) - 1]
    pieces = [data.draw(forms).format(piece) for piece in numbers]
    host = ".".join(pieces)
    if not servers.is_loopback(host):
        assert servers.fault(f"https://{host}") is not None


SIGNS = "aA1.-:/?#@\\%[]_ \t\n\u00e1\u0430\u03bf\uff41\u3002\u200b\u0301\u202e日" + "0xn"


@given(st.one_of(st.text(SIGNS, max_size=20), st.text(max_size=12)))
def test_the_server_that_is_judged_is_the_one_that_is_called(rest: str) -> None:
    """urllib3, which makes every connection, reads the same host and port out of what may be used."""
    address = f"https://{rest}"
    if servers.fault(address):
        return
    try:
        read = parse_url(address)
    except ValueError:
        return  # then nothing is called
    port = f":{read.port}" if read.port not in (None, 443) else ""
    assert servers.server(address) == f"https://{read.host}{port}"


@given(st.text(st.characters(categories=["Ll", "Lo", "Nd"]), min_size=1, max_size=12))
def test_a_name_in_letters_is_the_same_on_the_wire(label: str) -> None:
    """As IDNA has it, wherever both take the name."""
    address = f"https://{label}.test"
    try:
        wire = idna.encode(f"{label}.test").decode()
    except idna.IDNAError:
        return
    if servers.fault(address) is None:
        assert servers.server(address) == f"https://{wire}"

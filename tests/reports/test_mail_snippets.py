"""Letters about mail servers, and settings for those who run one."""

import pytest

from reports.words import LANGUAGES, Language, fill, words

CHECKS = ("mx-encrypts", "mx-tlsa-matches")
DOMAIN = "thcs-a.edu.vn"
FRAME = {
    "vi": ("Kính gửi Quý đơn vị,\n", "Trân trọng cảm ơn."),
    "en": ("Dear Sir or Madam,\n", "Thank you."),
}


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("check", CHECKS)
def test_the_letter(check: str, lang: Language) -> None:
    """It names the domain, and is a letter from its first line to its last."""
    letter = fill(dict(words(lang).check(check).snippets)["provider"], {"mail_domain": DOMAIN})
    begins, ends = FRAME[lang]
    assert letter.startswith(begins)
    assert letter.endswith(ends)
    assert DOMAIN in letter


@pytest.mark.parametrize("lang", LANGUAGES)
def test_there_are_settings_for_both_kinds_of_server(lang: Language) -> None:
    """Postfix, Exchange, and the name server where no mail is taken."""
    found = dict(words(lang).check("mx-encrypts").snippets)
    assert {"postfix", "exchange", "dns", "provider"} <= set(found)
    assert "smtpd_tls_security_level = may" in found["postfix"]
    assert "MX  0 ." in found["dns"]

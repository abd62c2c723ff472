"""What a document may ask Faker for: the table, and nothing else."""

import inspect

import faker
import pytest

from synth_jupyter.errors import SchemaError
from synth_jupyter.pools import ALIASES, PROVIDERS, Request, provider_named

HOSTILE = [
    "name.__globals__.copy", "__class__", "__init__.__globals__", "_factories", "seed_instance", "add_provider",
    "factories.clear", "random.seed", "unique.clear", "name.__self__", "internet.__class__", "os.system",
    "internet..email", ".email", "email.", "internet.email.upper", "email()", "email\n", "", " ", "e" * 100, "émail",
    "binary",
    "json", "csv", "pyobject", "pystr", "image", "tar", "enum", "xml", "profile", "dsv", "format", "parse",
    "set_formatter", "get_formatter", "getattr", "evil.email", "random_element", "random_choices",
]  # fmt: skip


@pytest.mark.parametrize("rule", HOSTILE)
def test_a_rule_outside_the_table_is_refused(rule):
    with pytest.raises(SchemaError, match="no provider"):
        provider_named(rule)


def test_of_all_that_faker_offers_only_the_table_passes():
    for name in {*dir(faker.Faker("en_US")), *dir(faker.Generator())}:
        if name in PROVIDERS or name in ALIASES:
            assert provider_named(name) in PROVIDERS
        else:
            with pytest.raises(SchemaError):
                provider_named(name)


@pytest.mark.parametrize("provider", sorted(PROVIDERS))
def test_every_provider_of_the_table_exists_with_its_arguments(provider):
    method = getattr(faker.Faker("en_US"), provider)
    assert set(PROVIDERS[provider].arguments) <= set(inspect.signature(method).parameters)
    assert method() is not None


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("email", "email"), ("internet.email", "email"), ("username", "user_name"), ("user-name", "user_name"),
        ("userName", "user_name"), ("Zip Code", "postcode"), ("zipcode", "postcode"), ("phone", "phone_number"),
        ("person.firstName", "first_name"), ("faker.name", "name"), ("address.city", "city"), ("URL", "url"),
    ],
)  # fmt: skip
def test_users_spellings_are_understood(written, meant):
    assert provider_named(written) == meant


@pytest.mark.parametrize(("wrong", "near"), [("emial", "email"), ("frist_name", "first_name"), ("compny", "company")])
def test_a_misspelt_provider_is_answered_with_the_nearest(wrong, near):
    with pytest.raises(SchemaError, match=f"did you mean '{near}'"):
        provider_named(wrong)


@pytest.mark.parametrize(
    ("provider", "arguments", "why"),
    [
        ("sentence", {"nb_words": 0}, "from 1 to 50"),
        ("sentence", {"nb_words": 10**9}, "from 1 to 50"),
        ("sentence", {"nb_words": True}, "whole number"),
        ("sentence", {"nb_words": "3"}, "whole number"),
        ("sentence", {"nb_wrods": 3}, "did you mean 'nb_words'"),
        ("sentence", {"ext_word_list": ["a"]}, "no argument"),
        ("city", {"x": 1}, "takes no arguments"),
        ("email", {"domain": "no spaces.com"}, "look like"),
        ("email", {"safe": 1}, "true or false"),
        ("numerify", {"text": "#" * 65}, "1 to 64 characters"),
        ("random_int", {"min": 5, "max": 1}, "min <= max"),
        ("password", {"special_chars": False, "digits": False, "upper_case": False, "lower_case": False}, "at least"),
    ],
)
def test_an_argument_outside_its_range_is_refused(provider, arguments, why):
    with pytest.raises(SchemaError, match=why):
        Request.of(provider, arguments)


@pytest.mark.parametrize("locale", ["", "../..", "en_US\n", "e", "de-DE"])
def test_a_locale_that_is_none_is_refused(locale):
    with pytest.raises(SchemaError, match="locale"):
        Request.of("name", {}, locale)


def test_equal_requests_have_one_text():
    one = Request.of("password", {"length": 9, "digits": True})
    other = Request.of("password", {"digits": True, "length": 9})
    assert one.text == other.text
    assert one.text != Request.of("password", {"length": 9}).text

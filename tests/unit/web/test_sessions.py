"""Cookies and the tokens of forms."""

from __future__ import annotations

from syncd.web.sessions import LASTS_SECONDS, PER_SECONDS, TRIES, Sessions


def test_a_cookie_is_known_again_until_it_ends() -> None:
    sessions = Sessions("the right token")
    kept = sessions.begin("guest", 1000.5)
    cookie = sessions.cookie_of(kept)
    assert sessions.of_cookie(cookie, 1001) == kept
    assert sessions.of_cookie(cookie, 1000 + LASTS_SECONDS) is None


def test_an_altered_cookie_and_one_of_another_start_are_worth_nothing() -> None:
    sessions = Sessions("the right token")
    cookie = sessions.cookie_of(sessions.begin("guest", 0))
    for altered in (
        cookie.replace("guest", "in"),
        cookie[:-1],
        f"{cookie}0",
        "",
        "...",
        "guest.a.9",
        "\N{SNOWMAN}.1.2.3",
    ):
        assert sessions.of_cookie(altered, 1) is None
    assert Sessions("the right token").of_cookie(cookie, 1) is None


def test_who_knows_the_token_may_look_and_who_leaves_may_not_come_back_with_the_old_cookie() -> None:
    sessions = Sessions("the right token")
    assert not sessions.may_look(sessions.begin("guest", 0))
    inside = sessions.log_in("the right token", 0)
    assert inside is not None
    assert sessions.may_look(inside)
    cookie = sessions.cookie_of(inside)
    sessions.end(inside, 1)
    assert sessions.of_cookie(cookie, 2) is None


def test_without_a_token_everybody_here_may_look_and_nobody_can_log_in() -> None:
    sessions = Sessions(None)
    assert sessions.may_look(sessions.begin("guest", 0))
    assert sessions.log_in("", 0) is None


def test_after_some_wrong_tokens_the_right_one_has_to_wait_too() -> None:
    sessions = Sessions("the right token")
    for _ in range(TRIES):
        assert sessions.log_in("a wrong one", 10) is None
    assert sessions.must_wait(11)
    assert sessions.log_in("the right token", 11) is None
    assert sessions.log_in("the right token", 11 + PER_SECONDS) is not None


def test_a_form_fits_only_the_session_that_it_was_shown_to() -> None:
    sessions = Sessions(None)
    mine, other = sessions.begin("guest", 0), sessions.begin("guest", 0)
    assert sessions.fits(mine, sessions.form_token(mine))
    assert not sessions.fits(mine, sessions.form_token(other))
    assert not sessions.fits(mine, "")

"""What is said of Hilum's own plugins without loading them is what they offer."""

from __future__ import annotations

from hilum.cli.tree import OWNERS
from hilum.names_of_ours import NAMES
from hilum.plugins import FIRST_PARTY


def test_every_name_that_our_plugins_offer_is_known(hilum_cli):
    hilum_cli.plugins = None

    _code, document = hilum_cli.json("plugins", "list")
    ours = [each for each in document["plugins"] if each["name"] in FIRST_PARTY.values()]
    offered = {
        (hook, name, plugin["name"])
        for plugin in ours
        for hook, names in plugin["offers"].items()
        for name in names
        if hook != "hilum_storage"
    }
    known = {**NAMES, "hilum_cli_commands": OWNERS}

    assert offered == {(hook, *each) for hook, names in known.items() for each in names.items()}

"""click's texts that a person can see, with its own message ids, for the extraction alone."""

from __future__ import annotations

from hilum.words import _


def plural(one: str, many: str) -> tuple[str, str]:
    """Mark a text that click chooses by number."""
    return one, many


TEXTS = (
    _.message("Options"),
    _.message("Commands"),
    _.message("Positional arguments"),
    _.message("Usage:"),
    _.message("Show this message and exit."),
    _.message("default: {default}"),
    _.message("required"),
    _.message("Missing command."),
    _.message("Missing argument"),
    _.message("Missing option"),
    _.message("Missing parameter"),
    _.message("Missing {param_type}"),
    _.message("Missing parameter: {param_name}"),
    _.message("Invalid value: {message}"),
    _.message("Invalid value for {param_hint}: {message}"),
    _.message("No such option {name!r}."),
    _.message("No such command {name!r}."),
    _.message("Argument {name!r} takes {nargs} values."),
    _.message("Option {name!r} does not take a value."),
    _.message("Could not open file {filename!r}: {message}"),
    _.message("Choose from:\n\t{choices}"),
    _.message("{value!r} is not a valid {number_type}."),
    _.message("{value} is not in the range {range}."),
    _.message("{value!r} is not a valid boolean. Recognized values: {states}"),
    _.message("{name} {filename!r} does not exist."),
    _.message("{name} {filename!r} is a file."),
    _.message("{name} {filename!r} is a directory."),
    _.message("{name} {filename!r} is not readable."),
    _.message("{name} {filename!r} is not writable."),
    _.message("file"),
    _.message("directory"),
    _.message("path"),
    _.message("Error: invalid input"),
    plural(
        "Got unexpected extra argument ({args})",
        "Got unexpected extra arguments ({args})",
    ),
    plural("Did you mean {possibility}?", "(Did you mean one of: {possibilities}?)"),
    plural(
        "Option {name!r} requires an argument.",
        "Option {name!r} requires {nargs} arguments.",
    ),
    plural("{value!r} is not {choice}.", "{value!r} is not one of {choices}."),
    plural(
        "{value!r} does not match the format {format}.",
        "{value!r} does not match the formats {formats}.",
    ),
)
"""What a person can see of click, with its own message ids."""

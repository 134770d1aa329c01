"""dlrecipe schema."""


def schema() -> None:
    """Print the config's JSON Schema, for editors. `# yaml-language-server: $schema=FILE` names it."""
    from dlrecipe.config.json_schema import config_json_schema
    from dlrecipe.reports.terminal import write_json

    write_json(config_json_schema())

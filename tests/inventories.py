"""The inventory of a community of bins, as an operator would write it."""

from collections.abc import Iterable, Mapping


def community_toml(
    devices: Iterable[str],
    compartments: Mapping[str, str],
    *,
    community: str = "garden",
    timezone: str = "Asia/Shanghai",
) -> str:
    """One building, b1, of 24 households, with these bins; `compartments`: the kind of waste of each."""
    kinds = ", ".join(f'{name} = "{kind}"' for name, kind in compartments.items())
    bins = "\n".join(
        f'[communities.{community}.devices.{name}]\nbuilding = "b1"\ncompartments = {{ {kinds} }}'
        for name in devices
    )
    return f"""
[communities.{community}]
timezone = "{timezone}"
profile = "shanghai"
[communities.{community}.buildings.b1]
households = 24
{bins}
"""

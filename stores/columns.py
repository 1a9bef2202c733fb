"""The columns that the tables are made of, and the one collection that holds the tables."""

from sqlalchemy import BigInteger, Column, MetaData, Text
from sqlalchemy.types import Integer

metadata = MetaData()

# SQLite numbers rows by themselves only where the key is an INTEGER.
Number = BigInteger().with_variant(Integer, "sqlite")


# The order of bytes, as in SQLite and Python, and not of the language that the database was made with.
Words = Text().with_variant(Text(collation="C"), "postgresql")


def words(*names: str, key: bool = False) -> list[Column[str]]:
    """Texts that are never NULL."""
    return [Column(name, Words, primary_key=key, nullable=False) for name in names]


def times(*names: str, optional: bool = False) -> list[Column[int]]:
    """Times, ms UTC."""
    return [Column(name, BigInteger, nullable=optional) for name in names]


def assigned(name: str) -> Column[int]:
    """A number we give out (see counters), so that it follows the order of commits and is never reused."""
    return Column(name, Number, primary_key=True, autoincrement=False)

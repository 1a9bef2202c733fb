"""Households as pseudonyms: who it was stays with the community."""

import hashlib
import hmac

KEY_MIN_BYTES = 16


def pseudonym(key: bytes, card: str) -> str:
    """HMAC-SHA256 (RFC 2104) of a card or account with the community's key, cut to 16 bytes: 32 hex digits.

    Raises ValueError for a key so short that the cards could be found by trying them all.
    """
    if len(key) < KEY_MIN_BYTES:
        raise ValueError(f"the community's key needs at least {KEY_MIN_BYTES} bytes, this has {len(key)}")
    return hmac.new(key, card.strip().encode(), hashlib.sha256).digest()[:16].hex()

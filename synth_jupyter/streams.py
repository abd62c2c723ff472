"""Random numbers by row: a keyed hash of the row number, and keyed bijections of [0, n).

Nothing here has state: `bits(rows)` depends on the stream's key and the row numbers alone, so any rows can be
asked for in any order. The key is a real hash of length-prefixed path parts. This is *stream format 1*; golden
digests in the tests hold it still.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.int64]
Bits = npt.NDArray[np.uint64]

STREAM_FORMAT = 1
_MASK = (1 << 64) - 1
_U = np.uint64
_M0, _M1, _M2, _M3 = _U(0x9E3779B97F4A7C15), _U(0xBF58476D1CE4E5B9), _U(0x94D049BB133111EB), _U(0xD6E8FEB86659FD93)
_S27, _S29, _S32, _S11 = _U(27), _U(29), _U(32), _U(11)
_LOW32 = _U(0xFFFFFFFF)
_NO_TWEAK = _U(0)
TABLE_LIMIT = 65_536
ROUNDS = 6


def _key(person: bytes, parts: tuple[bytes, ...]) -> tuple[int, int, int]:
    digest = hashlib.blake2b(digest_size=32, person=person)
    for part in parts:
        digest.update(len(part).to_bytes(8, "little") + part)
    words = np.frombuffer(digest.digest(), dtype="<u8")
    return int(words[0]), int(words[1]), int(words[2])


@dataclass(frozen=True)
class Stream:
    """Uniform random words addressed by row number."""

    key: tuple[int, int, int]

    @classmethod
    def of(cls, seed: int, *path: str) -> "Stream":
        """The stream of a seed and a path of names, such as `(table, column)`."""
        return cls(_key(b"synth-stream-1", (str(seed).encode(), *(part.encode() for part in path))))

    def child(self, name: str) -> "Stream":
        """An independent stream for another use by the same column, such as its nulls."""
        words = b"".join(word.to_bytes(8, "little") for word in self.key)
        return Stream(_key(b"synth-child-1", (words, name.encode())))

    def bits(self, rows: Rows) -> Bits:
        """uint64 of shape (n,): one uniform word for each row number (a four-multiply keyed mix)."""
        k0, k1, k2 = (_U(word) for word in self.key)
        z = rows.astype(np.uint64)
        z *= _M0
        z += k0
        scratch = z >> _S32
        z ^= scratch
        z *= _M1
        z += k1
        np.right_shift(z, _S29, out=scratch)
        z ^= scratch
        z *= _M2
        z += k2
        np.right_shift(z, _S32, out=scratch)
        z ^= scratch
        z *= _M3
        np.right_shift(z, _S32, out=scratch)
        z ^= scratch
        return z

    def uniform(self, rows: Rows) -> npt.NDArray[np.float64]:
        """float64 of shape (n,), uniform in [0, 1) on a grid of 2**-53."""
        return (self.bits(rows) >> _S11).view(np.int64).astype(np.float64) * 2.0**-53

    def below(self, rows: Rows, n: int | Bits) -> Rows:
        """int64 of shape (n,), uniform in [0, n); `n` is one bound or one for each row, 1 <= n <= 2**63.

        Multiply-shift on all 64 bits; the relative bias is at most n / 2**64, and none above 2**32 because rows
        that fall in the uneven rest are redrawn from a child stream.
        """
        if isinstance(n, int):
            if not 1 <= n <= 1 << 63:
                raise ValueError(f"below needs 1 <= n <= 2**63, not {n}")
            if n > 1 << 32:
                return self._below_large(rows, n)
            bound: Bits | np.uint64 = _U(n)
        else:
            bound = n
        z = self.bits(rows)
        low = z & _LOW32
        low *= bound
        low >>= _S32
        z >>= _S32
        z *= bound
        z += low
        z >>= _S32
        return z.view(np.int64)

    def _below_large(self, rows: Rows, n: int) -> Rows:
        high, low = _multiply(self.bits(rows), n)
        redo = low < _U(((1 << 64) - n) % n)
        result = high.view(np.int64)
        if redo.any():
            result[redo] = self.child("retry")._below_large(rows[redo], n)
        return result


def _multiply(a: Bits, n: int) -> tuple[Bits, Bits]:
    """High and low words of the 128-bit products a * n."""
    a_high, a_low = a >> _S32, a & _LOW32
    n_high, n_low = _U(n >> 32), _U(n & 0xFFFFFFFF)
    low = a_low * n_low
    middle = a_high * n_low + (low >> _S32)
    other = a_low * n_high + (middle & _LOW32)
    return a_high * n_high + (middle >> _S32) + (other >> _S32), a * _U(n)


@dataclass(frozen=True)
class Permutation:
    """A keyed bijection of [0, size): `forward` and `inverse` undo each other for every number in it.

    Up to 65,536 a table sorted by hash; above that a six-round Feistel network on a rectangle just over `size`
    with cycle walking. 1 <= size <= 2**62.
    """

    size: int
    key: tuple[int, int, int]
    _tables: tuple[Rows, Rows] | None = field(init=False, repr=False, compare=False)
    _round_keys: tuple[np.uint64, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not 1 <= self.size <= 1 << 62:
            raise ValueError(f"a permutation needs 1 <= size <= 2**62, not {self.size}")
        tables = None
        if self.size <= TABLE_LIMIT:
            order = np.argsort(Stream(self.key).bits(np.arange(self.size, dtype=np.int64)), kind="stable")
            back = np.empty_like(order)
            back[order] = np.arange(self.size)
            tables = (order.astype(np.int64), back.astype(np.int64))
        words = b"".join(word.to_bytes(8, "little") for word in self.key)
        keys = hashlib.blake2b(words, digest_size=8 * ROUNDS, person=b"synth-rounds-1").digest()
        object.__setattr__(self, "_tables", tables)
        object.__setattr__(self, "_round_keys", tuple(_U(int(word)) for word in np.frombuffer(keys, dtype="<u8")))

    @classmethod
    def of(cls, stream: Stream, size: int) -> "Permutation":
        """The bijection keyed by a child of `stream`."""
        return cls(size, stream.child("permutation").key)

    def __reduce__(self) -> tuple[object, ...]:
        return Permutation, (self.size, self.key)

    def forward(self, numbers: Rows) -> Rows:
        """int64 (n,) in [0, size) -> int64 (n,) in [0, size)."""
        if self._tables:
            return self._tables[0][numbers]
        return self._walk(numbers, self._encrypt)

    def forward_tweaked(self, numbers: Rows, tweaks: Bits) -> Rows:
        """As `forward`, by a different bijection for each tweak (uint64 (n,)); always the Feistel network."""
        y = self._encrypt(numbers.astype(np.uint64), tweaks)
        outside = np.flatnonzero(y >= _U(self.size))
        while outside.size:
            y[outside] = self._encrypt(y[outside], tweaks[outside])
            outside = outside[y[outside] >= _U(self.size)]
        return y.view(np.int64)

    def inverse(self, numbers: Rows) -> Rows:
        """The numbers whose `forward` is `numbers`."""
        if self._tables:
            return self._tables[1][numbers]
        return self._walk(numbers, self._decrypt)

    def _walk(self, numbers: Rows, step: Callable[[Bits], Bits]) -> Rows:
        y = step(numbers.astype(np.uint64))
        outside = np.flatnonzero(y >= _U(self.size))
        while outside.size:
            y[outside] = step(y[outside])
            outside = outside[y[outside] >= _U(self.size)]
        return y.view(np.int64)

    @property
    def _shape(self) -> tuple[int, int]:
        """(bits of the right half, size of the left half)."""
        right = (self.size - 1).bit_length() // 2
        return right, -(-self.size >> right)

    def _mix(self, half: Bits, number: int) -> Bits:
        z = half + self._round_keys[number]
        z *= _M1
        z ^= z >> _S29
        z *= _M2
        return z

    def _encrypt(self, x: Bits, tweak: Bits | np.uint64 = _NO_TWEAK) -> Bits:
        right_bits, a = self._shape
        shift, low, size = _U(right_bits), _U((1 << right_bits) - 1), _U(a)
        left, right = x >> shift, x & low
        for number in range(ROUNDS):
            if number % 2:
                right = right ^ (self._mix(left ^ tweak, number) >> _U(64 - right_bits) if right_bits else left & low)
            else:
                left = left + (((self._mix(right ^ tweak, number) >> _S32) * size) >> _S32)
                left = np.minimum(left, left - size)
        return (left << shift) | right

    def _decrypt(self, y: Bits) -> Bits:
        right_bits, a = self._shape
        shift, low, size = _U(right_bits), _U((1 << right_bits) - 1), _U(a)
        left, right = y >> shift, y & low
        for number in reversed(range(ROUNDS)):
            if number % 2:
                right = right ^ (self._mix(left, number) >> _U(64 - right_bits))
            else:
                left = left - (((self._mix(right, number) >> _S32) * size) >> _S32)
                left = np.minimum(left, left + size)
        return (left << shift) | right

"""CLIP's byte-level BPE with a vocabulary of its own: whole words of the tiny world, bytes for everything else.

The merges are learnt here, until every word of the captions is a single token, by the textbook algorithm (Sennrich et
al., 2016): a few hundred merges of a few hundred words need no library.
"""

import json
from collections import Counter
from itertools import pairwise
from pathlib import Path

from transformers import CLIPTokenizer

MAX_LENGTH = 77  # CLIP's, as every tool expects it
START, END = "<|startoftext|>", "<|endoftext|>"

# Common words of prompts that no caption holds, DreamBooth's classes among them: cheaper as one token than as bytes.
EXTRA_WORDS = (
    "sks", "toy", "plush", "animal", "pet", "person", "man", "woman", "child", "face", "teapot", "vase",
    "clock", "candle", "bowl", "sneaker", "shoe", "boot", "glasses", "sunglasses", "robot", "monster", "duck",
    "bear", "bird", "horse", "table", "chair", "room", "kitchen", "street", "city", "forest", "mountain",
    "river", "road", "window", "door", "book", "box", "style", "made", "wearing", "holding", "sitting",
    "standing", "running", "and", "of", "with", "the", "my", "two", "very", "wood", "wooden", "floor", "hat",
    "red", "color", "colored", "colour", "cartoon", "sketch", "watercolor", "realistic", "beautiful", "cute",
    "old", "new", "next", "to", "behind", "under", "inside", "close", "up", "view", "day", "light", "dark",
    "bright", "sun", "rain", "fire", "tower", "bridge", "is", "that", "it", "for", "by", "from", "this",
)  # fmt: skip


def _alphabet() -> list[str]:
    """GPT-2's printable stand-in for each of the 256 bytes, in CLIP's order."""
    plain = [*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in plain]
    return [chr(byte) for byte in plain] + [chr(256 + i) for i in range(len(others))]


def learn_merges(words: Counter[str]) -> list[tuple[str, str]]:
    """The merges, most frequent pair first, until every word is one token."""
    spelt = {word: (*word[:-1], word[-1] + "</w>") for word in words}
    merges: list[tuple[str, str]] = []
    while True:
        pairs: Counter[tuple[str, str]] = Counter()
        for word, symbols in spelt.items():
            for pair in pairwise(symbols):
                pairs[pair] += words[word]
        if not pairs:
            return merges
        best = max(pairs, key=lambda pair: (pairs[pair], pair))
        merges.append(best)
        for word, symbols in spelt.items():
            spelt[word] = _join(symbols, best)


def _join(symbols: tuple[str, ...], pair: tuple[str, str]) -> tuple[str, ...]:
    joined: list[str] = []
    for symbol in symbols:
        if joined and (joined[-1], symbol) == pair:
            joined[-1] += symbol
        else:
            joined.append(symbol)
    return tuple(joined)


def build(captions: list[str], folder: Path) -> CLIPTokenizer:
    """Learns the vocabulary from the captions and writes the tokenizer's files."""
    words = Counter(word for caption in captions for word in caption.replace(",", " ").split())
    words.update(EXTRA_WORDS)
    merges = learn_merges(words)
    letters = _alphabet()
    tokens = [*letters, *(letter + "</w>" for letter in letters), *("".join(pair) for pair in merges), START, END]
    folder.mkdir(parents=True, exist_ok=True)
    vocabulary = {token: number for number, token in enumerate(dict.fromkeys(tokens))}
    vocab_file, merges_file = folder / "vocab.json", folder / "merges.txt"
    vocab_file.write_text(json.dumps(vocabulary, ensure_ascii=False), encoding="utf-8")
    lines = ["#version: 0.2", *(" ".join(pair) for pair in merges)]
    merges_file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    tokenizer = CLIPTokenizer(str(vocab_file), str(merges_file), model_max_length=MAX_LENGTH, pad_token=END)
    tokenizer.save_pretrained(folder)
    return tokenizer

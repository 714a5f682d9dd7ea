"""A turn: words in, checked recommendations out."""

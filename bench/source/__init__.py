"""A pretend Ploomes that answers from memory as fast as it can, so that a comparison measures its clients."""

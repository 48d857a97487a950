"""Who says what. Each module holds one tagger; `builtin` names them all."""

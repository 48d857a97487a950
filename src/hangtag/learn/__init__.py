"""Taggers that learn: examples from gold, training, export. torch and transformers are asked for where they are used."""

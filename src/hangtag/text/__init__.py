"""Text as people write it in shops: folding with exact offsets, segmentation, language, HTML."""

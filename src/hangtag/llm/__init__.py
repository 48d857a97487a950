"""Questions to a language model behind any OpenAI-compatible endpoint: structured answers, cache, limits, money, and what is never sent."""

"""Other people's taxonomies as vocabularies: Shopify's, Google's, and plain tables."""

from hangtag.vocabulary.importers.draft import Imported
from hangtag.vocabulary.importers.google import import_google
from hangtag.vocabulary.importers.output import write_imported
from hangtag.vocabulary.importers.shopify import import_shopify
from hangtag.vocabulary.importers.table import import_table

__all__ = ["Imported", "import_google", "import_shopify", "import_table", "write_imported"]

"""The names shops give their columns, Chinese and English: a table of data, best names first.

Names are written folded: lower case, without blanks, underscores, hyphens and brackets. Sources: the export formats of Shopify,
WooCommerce, Amazon, Google Merchant Center, Taobao Assistant, JD and Pinduoduo, and names people choose themselves.
"""

from __future__ import annotations

__all__ = ["IGNORED", "LABELS", "LEVELS", "NAMES", "PAIRS", "PATTERNS"]

NAMES: dict[str, tuple[str, ...]] = {
    "id": (
        "id", "productid", "itemid", "goodsid", "商品id", "宝贝id", "产品id", "商品编号", "产品编号", "商品编码", "产品编码", "宝贝编号",
        "数字id", "numiid", "spuid", "skuid", "sku编码", "商品sku",
        "asin", "uniqid", "uniqueid", "itemno", "itemnumber", "itemcode",
        "productcode", "productnumber", "offerid", "listingid", "pid", "编号",
        "序号", "sku", "itemsku", "sellersku", "variantsku", "商家编码",
        "货号", "款号", "handle", "urlhandle", "code", "mpn", "key",
    ),
    "title": (
        "title", "producttitle", "itemtitle", "goodstitle", "商品标题", "宝贝标题", "产品标题", "标题", "商品名称", "宝贝名称", "产品名称",
        "商品名", "宝贝名", "产品名", "品名", "货品名称", "物品名称", "商品全称", "商品中文名称", "productname", "itemname", "goodsname",
        "producttitleen", "titlezh", "titleen", "titlecn", "namezh",
        "nameen", "namecn", "name", "名称", "listingtitle", "displayname",
        "product", "item", "商品", "产品", "宝贝", "skuname", "sku名称", "headline",
    ),
    "description": (
        "description", "productdescription", "itemdescription", "商品描述", "宝贝描述", "产品描述", "商品详情", "产品详情", "宝贝详情",
        "商品介绍", "产品介绍", "商品简介", "描述", "详情", "介绍",
        "简介", "正文", "bodyhtml", "body", "longdescription", "fulldescription",
        "desc", "productdesc", "details", "productdetails",
        "descriptionhtml", "content", "text", "overview", "aboutproduct",
        "shortdescription", "summary", "abstract",
    ),
    "category": (
        "category", "categories", "productcategory", "productcategories", "googleproductcategory", "类目", "类目名称", "商品类目",
        "宝贝类目", "产品类目", "商品分类", "产品分类", "分类", "分类名称", "品类", "类别", "商品类别", "产品类别", "所属分类", "所属类目",
        "categorypath", "categoryname", "categorytree", "productcategorytree",
        "breadcrumb", "breadcrumbs", "taxonomy", "cat",
        "standardproducttype", "producttype", "itemtype", "department", "collection", "type", "商品类型", "产品类型", "店铺类目",
    ),
    "brand": (
        "brand", "brandname", "品牌", "品牌名称", "品牌名", "商品品牌", "productbrand", "vendor", "manufacturer", "制造商", "生产厂家",
        "厂商", "maker", "label",
    ),
    "price": (
        "price", "saleprice", "sellingprice", "价格", "售价", "商品价格", "宝贝价格", "销售价", "现价", "单价", "variantprice",
        "regularprice", "listprice", "retailprice", "actualprice",
        "discountedprice", "currentprice", "standardprice", "京东价", "市场价",
        "原价", "吊牌价",
    ),
    "language": ("language", "lang", "locale", "contentlanguage", "语言", "语种"),
    "image": (
        "images", "image", "imageurl", "imageurls", "imagelink",
        "imagesrc", "mainimage", "mainimageurl", "图片", "主图", "商品图片",
        "宝贝主图", "新图片", "图片链接", "图片地址", "商品主图", "主图链接", "img", "imgurl", "imglink", "picture", "pictures", "picurl",
        "pics", "photo", "photos", "thumbnail", "additionalimagelink", "otherimageurl", "variantimage", "featuredimage",
    ),
    "audio": ("audio", "audios", "audiourl", "音频", "语音"),
    "reviews": (
        "reviews", "review", "reviewtext", "customerreviews", "comments",
        "reviewcontent", "评论", "评价", "用户评论", "商品评论", "用户评价",
        "商品评价", "买家评论", "reviewbody",
    ),
    "attributes": (
        "attributes", "attribute", "attrs", "属性", "商品属性", "宝贝属性", "产品属性", "参数", "商品参数", "产品参数", "规格参数",
        "productparameters", "specifications", "specification", "specs",
        "productspecifications", "properties", "props", "productattributes",
        "itemspecifics", "technicaldetails", "techspecs", "属性值", "用户输入名值对", "自定义属性",
    ),
    "text": (
        "subtitle", "副标题", "卖点", "商品卖点", "产品卖点", "宝贝卖点", "短标题", "商品短标题", "导购标题", "shorttitle", "bulletpoint",
        "bulletpoints", "bullets", "features", "keyfeatures",
        "productfeatures", "highlights", "producthighlight", "shortdescription",
        "ingredients", "careinstructions", "caption", "tagline",
        "longtitle", "mobiledescription", "无线详情", "手机描述", "推荐理由",
    ),
}  # fmt: skip
"""Role -> names, the best first. "text" columns are free text of their own and keep their own name."""

PATTERNS: tuple[tuple[str, str], ...] = (
    (r"(?:seo|meta|page|image|alt|店铺|卖家|公司|搜索).*(?:title|description|标题|名称|描述)", ""),
    (r".*(?:brand|vendor|store|shop|seller|company|color|colour|size|option|variant|attribute|tax|shipping).*name\d*", ""),
    (r".*(?:品牌|店铺|卖家|公司|颜色|尺码|规格|属性|仓库|类目|分类|品类|单位|供应商).*(?:名称|名|标题)", ""),
    (r"(?:商品|产品|宝贝|货品|物料).{0,6}(?:标题|名称|品名)", "title"),
    (r".{0,8}标题", "title"),
    (r"(?:product|item|goods|listing|offer).{0,8}(?:title|name)(?:en|zh|cn|us|uk)?", "title"),
    (r"(?:title|name|description)(?:en|zh|cn|us|uk|english|chinese|中文|英文)", "title"),
    (r"(?:商品|产品|宝贝|货品).{0,6}(?:描述|详情|介绍|说明)", "description"),
    (r"(?:product|item|goods).{0,8}(?:description|details|desc)", "description"),
    (r"(?:bulletpoint|bullet|feature|highlight|卖点)s?\d+", "text"),
    (r"(?:additional|other|extra|product|main|附加|辅).{0,4}(?:image|img|picture|photo|图片|图)s?(?:url|link|src)?\d*", "image"),
    (r"(?:image|img|picture|photo|pic|图片|主图|副图|附图)(?:url|link|src)?\d+", "image"),
)
"""Pattern of a whole folded name -> role, tried in order where no name fits; "" says that it is none of them."""

LEVELS = (
    r"(?P<n>[一二三四五1-5])级(?:商品|产品)?(?:类目|分类|品类|类别)(?:名称)?",
    r"(?:商品|产品)?(?:类目|分类|品类|类别)(?P<n>[一二三四五1-5])",
    r"(?:product)?cat(?:egory)?(?:level|lvl|l)?(?P<n>[1-5])(?:name)?",
    r"(?:level|l)(?P<n>[1-5])cat(?:egory)?(?:name)?",
    r"(?P<n>main|sub)cat(?:egory)?(?:name)?",
)
"""Patterns of names of category columns that are one level each; group n orders them."""

PAIRS = r"(?P<stem>(?:option|attribute|attr|spec|属性|规格)\s*_?\s*\d+)\s*_?\s*(?P<part>name|values?|value\(s\)|名称|名|值)"
"""Pairs of columns that hold an attribute's name and its value: Shopify's "Option1 Name", WooCommerce's "Attribute 1 value(s)"."""

IGNORED = frozenset({"gold", "spans"})
"""Columns that are labels about the product, never its text."""

LABELS = "gold."
"""How names of columns begin that hold labels of one attribute, in tables of labelled products."""

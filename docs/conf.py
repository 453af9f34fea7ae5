"""Configuration of the documentation."""

import inspect
import os
import re
import warnings

# Must be there before anything imports pyplot: examples are run without a display.
os.environ.setdefault("MPLBACKEND", "Agg")

import skgen

project = "skgen"
author = "skgen developers"
copyright = "2026, skgen developers"
version = release = skgen.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.intersphinx",
    "sphinx.ext.mathjax",
    "sphinx.ext.viewcode",
    "myst_parser",
    "numpydoc",
    "sphinx-mathjax-offline",  # formulas without a network
    "sphinx_copybutton",
    "sphinx_design",
    "sphinx_gallery.gen_gallery",
]
copybutton_prompt_text = ">>> "
myst_heading_anchors = 2
suppress_warnings = ["myst.header"]  # the changes stand below a title of their own
templates_path = ["_templates"]
exclude_patterns = ["_build", "Thumbs.db", "auto_examples/**/*.ipynb"]
default_role = "code"

# -- API pages ------------------------------------------------------------------------
# A page of a package lists the names in the package's `__all__`: see api.rst and
# _templates/autosummary/package.rst.
autosummary_generate = True
autosummary_ignore_module_all = False
autosummary_imported_members = True
toc_object_entries_show_parents = "hide"
autodoc_typehints = "none"  # the numpydoc sections state types and shapes
autodoc_member_order = "bysource"
numpydoc_show_class_members = False
numpydoc_xref_param_type = False

# Methods that scikit-learn adds to every estimator; its own guide describes them.
_ROUTING = re.compile(r"get_metadata_routing|set_(\w+_)?request|set_output")


def skip_member(app, what, name, obj, skip, options):
    """Leave out scikit-learn's routing methods and inherited torch machinery."""
    if _ROUTING.fullmatch(name):
        return True
    module = getattr(inspect.unwrap(obj), "__module__", None) if callable(obj) else None
    if isinstance(module, str) and module.startswith(("torch.", "skorch.")):
        return True
    return None


def strip_foreign_labels(app, what, name, obj, options, lines):
    """Turn labels of scikit-learn's guide, in inherited docstrings, into text."""
    if (getattr(obj, "__module__", None) or "").startswith("sklearn."):
        for i, line in enumerate(lines):
            line = re.sub(r":ref:`([^`<]+?)\s*<[^`]*>`", r"\1", line)
            lines[i] = re.sub(r":ref:`(\w+)`", r"``\1``", line)


def setup(app):
    """Connect the hooks."""
    app.connect("autodoc-skip-member", skip_member)
    # Before numpydoc, which connects at the default 500.
    app.connect("autodoc-process-docstring", strip_foreign_labels, priority=400)


# -- Links to other projects ----------------------------------------------------------
# Their inventories come over the network, and a build without one must pass: asked for
# by SKGEN_DOCS_ONLINE=1, as the published documentation is built.
if os.environ.get("SKGEN_DOCS_ONLINE"):
    intersphinx_mapping = {
        "python": ("https://docs.python.org/3", None),
        "numpy": ("https://numpy.org/doc/stable", None),
        "pandas": ("https://pandas.pydata.org/docs", None),
        "sklearn": ("https://scikit-learn.org/stable", None),
        "skorch": ("https://skorch.readthedocs.io/en/stable", None),
        "torch": ("https://docs.pytorch.org/docs/stable", None),
    }

# -- Gallery --------------------------------------------------------------------------
# Scripts named plot_*.py are run, and an error in one fails the build. The quickstart
# is the README's command and does more than a page should.
sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "auto_examples",
    "filename_pattern": r"/plot_",
    "ignore_pattern": r"(__init__|quickstart)\.py",
    "thumbnail_size": (320, 224),
    "within_subsection_order": "FileNameSortKey",
    "doc_module": ("skgen",),
    "backreferences_dir": "generated/backreferences",
    "inspect_global_variables": False,
    "parallel": 2,
    "show_memory": False,
    "write_computation_times": False,  # its pages load scripts from elsewhere
    "min_reported_time": 1,
    "remove_config_comments": True,
    "download_all_examples": False,
}
# Examples run in this process; a figure that cannot be shown is no news.
warnings.filterwarnings("ignore", message=".*FigureCanvasAgg is non-interactive.*")

# -- Pages ----------------------------------------------------------------------------
html_theme = "pydata_sphinx_theme"
html_title = f"skgen {version}"
html_static_path = ["_static"]
html_css_files = ["skgen.css"]
html_context = {"default_mode": "auto"}
html_show_sourcelink = False
html_theme_options = {
    "logo": {
        "text": "skgen",
        "image_light": "_static/front/logo.png",
        "image_dark": "_static/front/logo.png",
    },
    "show_prev_next": False,
    "navigation_with_keys": False,
    "show_toc_level": 2,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
}
html_favicon = "_static/front/logo.png"
_WITHOUT_SIDEBAR = ("index", "install", "choose", "pitfalls", "extending", "changes")
html_sidebars = {page: [] for page in (*_WITHOUT_SIDEBAR, "measured")}

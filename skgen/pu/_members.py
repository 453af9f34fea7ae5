"""Members of a PU stack: the default list, and how a member is fitted and predicts."""

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OrdinalEncoder

from .._compat import safe_indexing
from ._classifier import PUClassifier
from ._pugan import PUGANClassifier


def default_members(X, seed):
    """PUGANClassifier, a variational network, boosting and a forest, for the table."""
    boosting = HistGradientBoostingClassifier(
        learning_rate=0.05, max_leaf_nodes=15, random_state=seed
    )
    forest = RandomForestClassifier(200, min_samples_leaf=3, random_state=seed)
    return [
        ("pugan", PUGANClassifier(max_epochs=3, evidence="trees", random_state=seed)),
        # This risk drifts in a long fit: a short and strongly mixed one.
        (
            "variational",
            PUClassifier(
                "variational",
                mixup_weight=3.0,
                learning_rate=3e-4,
                max_epochs=10,
                random_state=seed,
            ),
        ),
        ("boosting", for_table(X, boosting)),
        ("forest", for_table(X, forest)),
    ]


def for_table(X, classifier):
    """Put an encoding of non-numeric columns before a classifier, if there are any."""
    if not isinstance(X, pd.DataFrame):
        return classifier
    numeric = make_column_selector(dtype_include=[np.number, "bool"])
    if len(numeric(X)) == X.shape[1]:
        return classifier
    codes = OrdinalEncoder(
        handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-2
    )
    others = make_column_selector(dtype_exclude=[np.number, "bool"])
    columns = make_column_transformer(
        (codes, others), remainder="passthrough", verbose_feature_names_out=False
    )
    # As a frame: nullable columns do not fit an array.
    return make_pipeline(columns.set_output(transform="pandas"), classifier)


def is_pu_learner(member):
    """Whether a member reads PU labels itself."""
    return hasattr(member, "get_params") and "sampling" in member.get_params(deep=False)


def for_stack(member, pu, stack):
    """Copy of a member; a PU learner takes over the stack's reading of the data."""
    member = clone(member)
    if pu:
        # Members get 1 for labeled and 0 for unlabeled, whatever the user's labels.
        member.set_params(
            sampling=stack.sampling, unlabeled_label="auto", pos_label=None
        )
        if stack.prior != "auto":
            member.set_params(prior=stack.prior)
    return member


def fit_and_score(member, X, s, train, test):
    """Fit a member on some rows and answer for others, if there are any."""
    member.fit(safe_indexing(X, train), s[train])
    score = labeled_share(member, safe_indexing(X, test)) if len(test) else None
    return member, score


def labeled_share(member, X):
    """Probability of the symbol 1."""
    return member.predict_proba(X)[:, 1]

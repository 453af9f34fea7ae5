"""Scores of positive-unlabeled classifiers that need no negative rows, and scorers."""

from ._pu_predictions import lee_liu_score, pu_accuracy_score, pu_f1_score
from ._pu_scorer import make_pu_scorer
from ._pu_scores import pu_risk_score, pu_roc_auc_score, vpu_score

__all__ = [
    "lee_liu_score",
    "make_pu_scorer",
    "pu_accuracy_score",
    "pu_f1_score",
    "pu_risk_score",
    "pu_roc_auc_score",
    "vpu_score",
]

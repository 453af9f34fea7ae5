"""Divergences, measures of synthetic rows, scores of positive-unlabeled classifiers."""

from ._density_scorer import make_density_scorer
from ._discrepancy import frechet_distance, maximum_mean_discrepancy
from ._information import cross_entropy, entropy, js_divergence, kl_divergence
from ._memorization import closest_row_distances, memorization_score, twin_share
from ._modes import mode_coverage
from ._neighbors import kl_divergence_knn, precision_recall_density_coverage
from ._pu_predictions import lee_liu_score, pu_accuracy_score, pu_f1_score
from ._pu_scorer import make_pu_scorer
from ._pu_scores import pu_risk_score, pu_roc_auc_score, vpu_score
from ._report import sample_report
from ._retrieval import cmc_curve, mean_average_precision, rank_k_accuracy
from ._similarity import marginal_similarity, pairwise_similarity
from ._translation import structural_similarity, translation_report
from ._two_sample import classifier_two_sample_test, divergence_from_classifier
from ._utility import train_synthetic_test_real

__all__ = [
    "classifier_two_sample_test",
    "closest_row_distances",
    "cmc_curve",
    "cross_entropy",
    "divergence_from_classifier",
    "entropy",
    "frechet_distance",
    "js_divergence",
    "kl_divergence",
    "kl_divergence_knn",
    "lee_liu_score",
    "make_density_scorer",
    "make_pu_scorer",
    "marginal_similarity",
    "maximum_mean_discrepancy",
    "mean_average_precision",
    "memorization_score",
    "mode_coverage",
    "pairwise_similarity",
    "precision_recall_density_coverage",
    "pu_accuracy_score",
    "pu_f1_score",
    "pu_risk_score",
    "pu_roc_auc_score",
    "rank_k_accuracy",
    "sample_report",
    "structural_similarity",
    "train_synthetic_test_real",
    "translation_report",
    "twin_share",
    "vpu_score",
]

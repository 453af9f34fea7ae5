"""The game between the classifier Phi and the critic D, with its stabilising terms."""

import math

import torch

from ..losses.pu import adversarial_value, mixup_consistency, nonnegative


class PUGame:
    """Objectives of the two players, for one batch after the other.

    A batch holds the labeled rows of each class, one group per class, and then the rows
    of the population: x and, if there is a teacher, the evidence of near rows, the
    teacher's posterior, and its weight.

    Parameters
    ----------
    labeled : sequence of int
        Classes that have labeled rows, in the order of the groups.
    adversarial : float
        Weight of the value of the game.
    mixup : float
        Weight of the mixup term.
    supervised : float
        Weight of the cross-entropy on the labeled rows.
    risk : float
        Weight of the non-negative PU risk of the positive class.
    prior : float
        P(y=1), for the risk.
    hide : bool
        Whether there is evidence to show or hide.
    """

    def __init__(
        self, labeled, *, adversarial, mixup, supervised, hide, risk=0.0, prior=None
    ):
        self.labeled = [int(k) for k in labeled]
        self.adversarial = adversarial
        self.mixup = mixup
        self.supervised = supervised
        self.hide = hide
        self.risk = risk
        self.prior = prior

    def classifier(self, step):
        """Loss of Phi."""
        *groups, (x_u, *taught) = step.batch
        n_u = len(x_u)
        log_phi, joint, score, sizes = self._outputs(step)
        on_u = log_phi[:, :n_u]
        value = self.value(score.detach(), joint, sizes)
        loss = self.adversarial * value
        logs = {"value": value}
        if taught:
            hint, teacher, weight = taught
            error = -(weight * (teacher * on_u).sum(dim=-1)).mean()
            loss = loss + error
            logs["teacher"] = error
        if self.supervised:
            parts = log_phi[:, n_u:].split(sizes, dim=1)
            pairs = zip(parts, self.labeled, strict=True)
            fitted = -sum(p[..., k].mean() for p, k in pairs) / len(parts)
            loss = loss + self.supervised * fitted
            logs["supervised"] = fitted
        if self.risk:
            k = self.labeled[0]
            log_odds = log_phi[..., k] - log_phi[..., 1 - k]
            risk = nonnegative(log_odds[:, n_u:], log_odds[:, :n_u], prior=self.prior)
            loss = loss + self.risk * risk
            logs["risk"] = risk
        if self.mixup:
            mixed = self._mixup(step, groups, x_u, on_u)
            loss = loss + self.mixup * mixed
            logs["mixup"] = mixed
        return loss, logs

    def critic(self, step):
        """Loss of D: minus the value of the game."""
        _, joint, score, sizes = self._outputs(step)
        return -self.value(score, joint.detach(), sizes)

    def _outputs(self, step):
        """Compute the outputs of both players once, for both turns.

        Log-probabilities of all rows by Phi; those of the population, with the evidence
        where it is shown; scores of all rows by the critic; sizes of the groups.
        """
        if "outputs" not in step.shared:
            *groups, (x_u, *taught) = step.batch
            x = torch.cat([x_u, *[g[0] for g in groups]])
            log_phi = log_softmax(step.players["classifier"](x))
            score = members(step.players["critic"](x))
            joint = log_phi[:, : len(x_u)]
            if self.hide:
                # Evidence is shown to a random half of the rows, so that Phi stays good
                # where there is none.
                draws = torch.rand(
                    len(x_u), 1, generator=step.generator, device=x.device
                )
                joint = torch.log_softmax(joint + taught[0] * (draws < 0.5), dim=-1)
            sizes = [len(g[0]) for g in groups]
            step.shared["outputs"] = log_phi, joint, score, sizes
        return step.shared["outputs"]

    def value(self, score, log_phi_u, sizes):
        """Mean over the labeled classes of the value of the game."""
        n_u = log_phi_u.shape[1]
        parts = score[:, n_u:].split(sizes, dim=1)
        total = 0.0
        for j, (k, part) in enumerate(zip(self.labeled, parts, strict=True)):
            total = total + adversarial_value(
                part[..., j], score[:, :n_u, j], log_phi_u[..., k]
            )
        return total / len(parts)

    def _mixup(self, step, groups, x_u, on_u):
        total = 0.0
        for k, (x_p, *_) in zip(self.labeled, groups, strict=True):
            total = total + mixup_consistency(
                lambda x, k=k: log_softmax(step.players["classifier"](x))[..., k],
                x_p,
                x_u,
                on_u[..., k],
                generator=step.generator,
            )
        return total / len(groups)

    def valid(self, step):
        """Loss on held-out rows: cross-entropy to the teacher, else the VPU loss."""
        classifier = step.players["classifier"]
        *groups, (x_u, *taught) = step.batch
        on_u = log_softmax(classifier(x_u))
        if taught:
            _, teacher, weight = taught
            return -(weight * (teacher * on_u).sum(dim=-1)).mean()
        total = 0.0
        for k, (x_p, *_) in zip(self.labeled, groups, strict=True):
            on_p = log_softmax(classifier(x_p))
            mean_u = torch.logsumexp(on_u[..., k], dim=1) - math.log(len(x_u))
            total = total + (mean_u - on_p[..., k].mean(dim=1)).mean()
        return total / len(groups)


def members(output):
    """Give the output of a single net the leading axis of an ensemble."""
    return output.unsqueeze(0) if output.ndim == 2 else output


def log_softmax(output):
    """Log-probabilities of shape (members, batch, classes)."""
    return torch.log_softmax(members(output), dim=-1)

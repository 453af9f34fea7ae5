"""Divergences of two samples, by a discriminator of them."""

import torch

from ..losses.gan import FDivergence, Minimax

GAME = Minimax()


class Divergences:
    """What follows from log-ratios of rows of two samples; needs `log_ratio`."""

    def game_value(self, P, Q):
        r"""Value of the game between the samples, in nats.

        .. math:: V(D) = \mathbb{E}_p[\log D(x)] + \mathbb{E}_q[\log (1 - D(x))]
                  \le 2\,\mathrm{JS}(p, q) - 2 \log 2

        so that :math:`V / 2 + \log 2` is a lower bound of the Jensen-Shannon divergence
        in expectation, if `fit` has not seen the rows, and tight for :math:`D = D^*`.

        Parameters
        ----------
        P : array-like or DataFrame of shape (n_samples_P, n_features)
            Draws from p.
        Q : array-like or DataFrame of shape (n_samples_Q, n_features)
            Draws from q.

        Returns
        -------
        value : float
            At most 0, where each row gives itself away; -2 log 2 where the
            discriminator cannot tell rows apart.
        """
        return -float(GAME.critic(*self._scores_of(P, Q)))

    def divergence(self, name, P, Q):
        r"""Lower bound of an f-divergence of p from q.

        .. math:: D_f(p \,\|\, q) \ge E_p[T(x)] - E_q[f^*(T(x))],
                  \qquad T = f'(\hat p / \hat q)

        with the estimated ratio; the means are those over `P` and `Q`. If `fit` has not
        seen these rows, the expectation of the result is a lower bound, tight for the
        true ratio.

        Parameters
        ----------
        name : str
            ``"kl"``, KL(p, q); ``"reverse_kl"``, KL(q, p); ``"jensen_shannon"``, at
            most log 2; ``"pearson"``, the mean of :math:`(p / q - 1)^2` under q;
            ``"hellinger"``, the integral of :math:`(\sqrt p - \sqrt q)^2`, at most 2;
            or ``"total_variation"``, at most 1.
        P : array-like or DataFrame of shape (n_samples_P, n_features)
            Draws from p.
        Q : array-like or DataFrame of shape (n_samples_Q, n_features)
            Draws from q.

        Returns
        -------
        bound : float
            The first three in nats. Estimates of divergences near 0 can be negative.

        Raises
        ------
        ValueError
            If there is no such divergence.

        See Also
        --------
        skgen.losses.gan.FDivergence : f and its conjugate for each name.
        """
        loss = FDivergence(name)
        scores = [loss.best_score(t) for t in self._scores_of(P, Q)]
        bound = -float(loss.critic(*scores))
        # The f of the f-GAN is that of twice the Jensen-Shannon divergence.
        return bound / 2 if name == "jensen_shannon" else bound

    def _scores_of(self, P, Q):
        """Log-ratios of rows of p and of q, as tensors."""
        return [torch.from_numpy(self.log_ratio(X)) for X in (P, Q)]

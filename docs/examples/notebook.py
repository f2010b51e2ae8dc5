# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # From two tables to a report
#
# The sample that the package ships: touches of marketing and sales, deals in two
# currencies, the people of each deal. Put your own two tables in their place.

# %%
from pathlib import Path

import attribution as at

touches, deals, contacts = at.sample()
journeys = at.build_journeys(touches, deals, contacts=contacts, lookback="365d")
journeys

# %% [markdown]
# What touches cover comes first: what no touch met, no model can divide.

# %%
at.coverage(journeys)

# %%
at.plots.ribbons(journeys, currency="EUR")

# %% [markdown]
# Three rules side by side. Each divides the same money; the choice is yours.

# %%
credits = at.attribute(journeys, ["linear", "w_shaped", "last_touch"])
credits

# %%
at.plots.team_split(credits, currency="EUR")

# %%
at.plots.credit_bars(credits, "team", "channel", currency="EUR", top=8)

# %% [markdown]
# Where do they disagree, and on which deals?

# %%
agreement = at.agreement(credits, by=("team", "channel"))
agreement

# %%
at.plots.agreement(agreement, currency="EUR")

# %%
apart = agreement.deals(1)["deal_id"][0]
credits.deal(apart)

# %%
at.plots.timeline(credits, apart)

# %% [markdown]
# How far would the credit range had other, similar deals closed?

# %%
drawn = at.bootstrap(journeys, "linear", draws=50)
drawn

# %%
at.plots.intervals(drawn, currency="EUR")

# %% [markdown]
# A model that learns from lost deals too, and what pairs of channels share.

# %%
fitted = at.fit(journeys, "shapley:worth=win_rate")
fitted

# %%
at.plots.joint_credit(fitted, "channel", currency="EUR", top=6)

# %% [markdown]
# All of it on one page, for both departments.

# %%
Path("build").mkdir(exist_ok=True)
at.report(credits, "build/report.html", title="Sample")

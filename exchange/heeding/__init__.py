"""What letters ask of us, done: receipts, refusals, withdrawals, certificates, secrets, notices.

A letter is believed as far as its sender may say such a thing (who_may_say.py): a receipt or a refusal comes from the
one to whom the bundle went, a withdrawal from the agreement's sender, a network's secret never from somebody who gets
its data. What a letter has done is noted once, also where a crash makes it come again.

`heed` (heed.py) is the way in; answers.py, erasure.py, linking.py and network_secret.py do what takes more than a step.
"""

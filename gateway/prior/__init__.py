"""The third flow, whole: may an earlier result be used again? authorise → who → facts → judge → (audit) → answer.

question.py     what is asked: whom, which tests, where
people.py       who the patient is, and how sure that is of each Patient
facts.py        the stored results and studies, read into what the judge knows of them
signatures.py   what `gateway verify` would say of their exchanges now
answering.py    the flow
"""

"""May an earlier result be used again? Rules as data, and the judge that weighs one result against one order.

Pure: values in, value out; the store, the clock and the signatures are looked at by whoever asks (gateway.prior).

    result.py       PriorResult, PriorStudy: what is known of something already done
    order.py        OrderedTest, Context: what a doctor is about to order, where and for whom
    rules.py        Rule, Group, Laboratory, RuleSet: what the lists say
    precedence.py   Requirement: what all lists together ask of a result, the strictest of each figure
    verdict.py      Reason, ReuseVerdict: the answer, and everything that counted
    judge.py        judge(results, order, context)
"""

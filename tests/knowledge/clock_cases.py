"""Every clock of the law, worked by hand. ``[`` … ``]`` are days off; ``*`` a weekend day that is worked.

2025: [Oct 1–8], Sun Sep 28*, Sat Oct 11*. 2026: [Jan 1–3], Sun Jan 4*; [Feb 15–23], Sat Feb 14*, Sat Feb 28*;
[Apr 4–6]; [May 1–5], Sat May 9*; [Jun 19–21]; [Sep 25–27], Sun Sep 20*; [Oct 1–7], Sat Oct 10*. 2027 is not published.
"""

from __future__ import annotations

# (procedure, edition, clock): (from, due, how it is counted)
CASES: dict[tuple[str, str, str], tuple[str, str, str]] = {
    # -- complaints: both sides of 2026-04-15
    ("complaint", "SAMR-20", "accept"): ("2025-09-26", "2025-10-13", "28*=1 29=2 30=3 [1–8] 9=4 10=5 11*=6 13=7"),
    ("complaint", "SAMR-20", "mediate"): (
        "2025-09-25", "2025-12-03",
        "26=1 28*=2 29=3 30=4 [1–8] 9=5 10=6 11*=7; weeks of 5 from Oct 13: 12 17 22 27 32 37 42; Dec 1=43 2=44 3=45",
    ),
    ("complaint", "SAMR-20", "tell_termination"): ("2025-12-29", "2026-01-08", "30=1 31=2 [1–3] 4*=3 5=4 6=5 7=6 8=7"),
    ("complaint", "SAMR-121", "accept"): ("2026-09-28T15:00", "2026-10-13", "29=1 30=2 [1–7] 8=3 9=4 10*=5 12=6 13=7"),
    ("complaint", "SAMR-121", "mediate"): ("2026-08-05", "2026-10-08", "26 to Aug 31, 56 to Sep 30, Oct 4=60 is off, so Oct 8"),
    ("complaint", "SAMR-121", "tell_termination"): ("2026-09-30", "2026-10-15", "[1–7] 8=1 9=2 10*=3 12=4 13=5 14=6 15=7"),
    # -- reports
    ("report", "SAMR-20", "verify"): (
        "2025-09-24", "2025-10-21", "25=1 26=2 28*=3 29=4 30=5 [1–8] 9=6 10=7 11*=8 13–17=13 20=14 21=15",
    ),
    ("report", "SAMR-20", "tell"): ("2026-02-12", "2026-02-26", "13=1 14*=2 [15–23] 24=3 25=4 26=5"),
    ("report", "SAMR-20", "disclosure_reply"): (
        "2026-02-09", "2026-03-13", "10–13=4 14*=5 [15–23] 24–27=9 28*=10 Mar 2–6=15 9–13=20",
    ),
    ("report", "SAMR-121", "verify"): (
        "2026-09-21", "2026-10-19", "22–24=3 [25–27] 28–30=6 [1–7] 8=7 9=8 10*=9 12–16=14 19=15",
    ),
    ("report", "SAMR-121", "disclosure_reply"): (
        "2026-04-28", "2026-05-28", "29=1 30=2 [1–5] 6–8=5 9*=6 11–15=11 18–22=16 25–28=20",
    ),
    # -- penalties
    ("penalty", "SAMR-2", "decide"): ("2026-07-06", "2026-10-08", "25 to Jul 31, 56 to Aug 31, 86 to Sep 30, Oct 4=90 is off, so Oct 8"),
    ("penalty", "SAMR-2", "review"): ("2026-02-11", "2026-03-03", "12=1 13=2 14*=3 [15–23] 24–27=7 28*=8 Mar 2=9 3=10"),
    ("penalty", "SAMR-2", "be_heard"): ("2026-09-23", "2026-10-08", "24=1 [25–27] 28–30=4 [1–7] 8=5"),
    ("penalty", "SAMR-2", "request_hearing"): ("2026-09-29", "2026-10-12", "30=1 [1–7] 8=2 9=3 10*=4 12=5"),
    ("penalty", "SAMR-2", "hearing_notice"): ("2026-10-08", "2026-10-16", "9=1 10*=2 12–16=7"),
    ("penalty", "SAMR-2", "serve"): ("2025-12-26", "2026-01-07", "29–31=3 [1–3] 4*=4 5=5 6=6 7=7"),
    ("penalty", "SAMR-2", "public_service"): ("2026-09-04", "2026-10-08", "26 to Sep 30, Oct 4=30 is off, so Oct 8"),
    ("penalty", "SAMR-2", "pay"): ("2026-09-17", "2026-10-08", "13 to Sep 30, Oct 2=15 is off, so Oct 8"),
    ("penalty", "SAMR-2", "urge"): ("2026-04-29", "2026-05-15", "30=1 [1–5] 6–8=4 9*=5 11–15=10"),
    ("penalty", "SAMR-2", "court"): ("2026-07-03", "2026-10-08", "Oct 3 is off, so Oct 8"),
    ("penalty", "SAMR-2", "close"): ("2026-06-12", "2026-07-06", "15–18=4 [19–21] 22–26=9 29=10 30=11 Jul 1–3=14 6=15"),
    ("simple_penalty", "SAMR-2", "archive"): ("2026-09-30", "2026-10-15", "[1–7] 8=1 9=2 10*=3 12–15=7"),
    # -- publication: both sides of 2025-12-25
    ("publicity", "SAMR-45-2021", "publish"): (
        "2025-12-24", "2026-01-22", "25=1 26=2 29–31=5 [1–3] 4*=6 5–9=11 12–16=16 19–22=20",
    ),
    ("publicity", "SAMR-45-2021", "push"): ("2025-12-24", "2026-01-08", "25=1 26=2 29–31=5 [1–3] 4*=6 5–8=10"),
    ("publicity", "SAMR-45-2021", "publish_there"): ("2025-09-29", "2025-10-20", "30=1 [1–8] 9=2 10=3 11*=4 13–17=9 20=10"),
    ("publicity", "SAMR-45-2021", "credit_china"): ("2025-12-24", "2026-01-05", "25=1 26=2 29–31=5 [1–3] 4*=6 5=7"),
    ("publicity", "SAMR-45-2021", "withdraw"): ("2025-09-30", "2025-10-11", "[1–8] 9=1 10=2 11*=3"),
    ("publicity", "SAMR-45-2025", "publish"): (
        "2025-12-25", "2026-01-23", "26=1 29–31=4 [1–3] 4*=5 5–9=10 12–16=15 19–23=20",
    ),
    ("publicity", "SAMR-45-2025", "push"): ("2026-02-13", "2026-03-05", "14*=1 [15–23] 24–27=5 28*=6 Mar 2–5=10"),
    ("publicity", "SAMR-45-2025", "publish_there"): ("2026-09-30", "2026-10-20", "[1–7] 8=1 9=2 10*=3 12–16=8 19=9 20=10"),
    ("publicity", "SAMR-45-2025", "credit_china"): ("2026-09-30", "2026-10-15", "[1–7] 8=1 9=2 10*=3 12–15=7"),
    ("publicity", "SAMR-45-2025", "withdraw"): ("2026-02-13", "2026-02-25", "14*=1 [15–23] 24=2 25=3"),
    # -- measures, assistance, competence
    ("measure", "SAMR-2", "report"): ("2026-10-01T09:00", "2026-10-02T09:00", "hours run through holidays"),
    ("measure", "SAMR-2", "preserve"): ("2026-02-13", "2026-03-02", "14*=1 [15–23] 24–27=5 28*=6 Mar 2=7"),
    ("measure", "SAMR-2", "seal"): ("2026-09-02", "2026-10-08", "28 to Sep 30, Oct 2=30 is off, so Oct 8"),
    ("assistance", "SAMR-2", "answer"): ("2026-01-30", "2026-02-27", "Feb 2–6=5 9–13=10 14*=11 [15–23] 24–27=15"),
    ("competence", "SAMR-20", "negotiate"): ("2026-04-02", "2026-04-14", "3=1 [4–6] 7–10=5 13=6 14=7"),
    ("competence", "SAMR-20", "designate"): ("2026-04-14", "2026-04-23", "15–17=3 20–23=7"),
    ("competence", "SAMR-121", "negotiate"): ("2026-04-15", "2026-04-24", "16=1 17=2 20–24=7"),
    ("competence", "SAMR-121", "designate"): ("2026-04-24", "2026-05-08", "27–30=4 [1–5] 6–8=7"),
    # -- credit repair: both sides of 2025-12-25
    ("credit_repair", "SAMR-CR-2021", "accept"): ("2025-12-24", "2025-12-26", "25=1 26=2"),
    ("credit_repair", "SAMR-CR-2021", "decide"): (
        "2025-12-24", "2026-01-15", "25=1 26=2 29–31=5 [1–3] 4*=6 5–9=11 12–15=15",
    ),
    ("credit_repair", "SAMR-CR-2021", "process"): ("2025-12-31", "2026-01-06", "[1–3] 4*=1 5=2 6=3"),
    ("credit_repair", "SAMR-107", "accept"): ("2025-12-25", "2025-12-29", "26=1 29=2"),
    ("credit_repair", "SAMR-107", "decide"): ("2025-12-25", "2026-01-06", "26=1 29–31=4 [1–3] 4*=5 5=6 6=7"),
    ("credit_repair", "SAMR-107", "decide_abnormal"): ("2025-12-31", "2026-01-05", "[1–3] 4*=1 5=2"),
    ("credit_repair", "SAMR-107", "process"): ("2025-12-30", "2026-01-05", "31=1 [1–3] 4*=2 5=3"),
    ("credit_repair", "SAMR-107", "decide_list"): ("2025-12-25", "2026-01-06", "26=1 29–31=4 [1–3] 4*=5 5=6 6=7"),
    ("credit_repair", "SAMR-107", "push"): ("2025-12-30", "2026-01-05", "31=1 [1–3] 4*=2 5=3"),
    ("credit_repair", "SAMR-107", "bankruptcy"): ("2026-02-11", "2026-02-27", "12=1 13=2 14*=3 [15–23] 24–27=7"),
    ("credit_repair", "SAMR-107", "assist"): ("2026-04-02", "2026-04-08", "3=1 [4–6] 7=2 8=3"),
    # -- lists
    ("serious_list", "SAMR-44", "be_heard"): ("2026-09-23", "2026-10-08", "24=1 [25–27] 28–30=4 [1–7] 8=5"),
    ("serious_list", "SAMR-44", "publish"): (
        "2026-09-28", "2026-10-30", "29=1 30=2 [1–7] 8=3 9=4 10*=5 12–16=10 19–23=15 26–30=20",
    ),
    ("serious_list", "SAMR-44", "push"): ("2026-02-13", "2026-03-05", "14*=1 [15–23] 24–27=5 28*=6 Mar 2–5=10"),
    ("serious_list", "SAMR-44", "publish_there"): ("2026-09-30", "2026-10-20", "[1–7] 8=1 9=2 10*=3 12–16=8 19=9 20=10"),
    ("serious_list", "SAMR-44", "stop"): ("2026-09-30", "2026-10-10", "[1–7] 8=1 9=2 10*=3"),
    ("abnormal_list", "SAIC-68-2014", "decide_report"): ("2025-09-29", "2025-10-20", "30=1 [1–8] 9=2 10=3 11*=4 13–17=9 20=10"),
    ("abnormal_list", "SAIC-68-2014", "order"): ("2025-09-26", "2025-10-09", "4 to Sep 30, Oct 6=10 is off, so Oct 9"),
    ("abnormal_list", "SAIC-68-2014", "decide"): ("2025-12-24", "2026-01-08", "25=1 26=2 29–31=5 [1–3] 4*=6 5–8=10"),
    ("abnormal_list", "SAIC-68-2014", "object"): ("2025-09-05", "2025-10-09", "25 to Sep 30, Oct 5=30 is off, so Oct 9"),
    ("abnormal_list", "SAIC-68-2014", "accept_objection"): ("2025-09-30", "2025-10-14", "[1–8] 9=1 10=2 11*=3 13=4 14=5"),
    ("abnormal_list", "SAIC-68-2014", "verify"): (
        "2025-12-24", "2026-01-22", "25=1 26=2 29–31=5 [1–3] 4*=6 5–9=11 12–16=16 19–22=20",
    ),
    ("abnormal_list", "SAIC-68-2014", "correct"): ("2025-12-24", "2025-12-31", "25=1 26=2 29–31=5"),
    ("abnormal_list", "SAIC-68-2025", "decide_report"): ("2026-06-30", "2026-07-14", "Jul 1–3=3 6–10=8 13=9 14=10"),
    ("abnormal_list", "SAIC-68-2025", "order"): ("2026-09-22", "2026-10-08", "8 to Sep 30, Oct 2=10 is off, so Oct 8"),
    ("abnormal_list", "SAIC-68-2025", "decide"): ("2026-06-12", "2026-06-29", "15–18=4 [19–21] 22–26=9 29=10"),
    ("abnormal_list", "SAIC-68-2025", "object"): ("2026-09-04", "2026-10-08", "26 to Sep 30, Oct 4=30 is off, so Oct 8"),
    ("abnormal_list", "SAIC-68-2025", "accept_objection"): ("2026-09-23", "2026-10-08", "24=1 [25–27] 28–30=4 [1–7] 8=5"),
    ("abnormal_list", "SAIC-68-2025", "verify"): (
        "2025-12-25", "2026-01-23", "26=1 29–31=4 [1–3] 4*=5 5–9=10 12–16=15 19–23=20",
    ),
    ("abnormal_list", "SAIC-68-2025", "correct"): ("2026-09-29", "2026-10-12", "30=1 [1–7] 8=2 9=3 10*=4 12=5"),
    ("credit_objection", "GD-MR", "verify"): (
        "2026-04-28", "2026-05-28", "29=1 30=2 [1–5] 6–8=5 9*=6 11–15=11 18–22=16 25–28=20",
    ),
    # -- food recalls: both sides of 2026-12-01
    ("food_recall", "FOOD-RECALL", "start_1"): ("2026-11-30T20:00", "2026-12-01T20:00", "+24 h"),
    ("food_recall", "FOOD-RECALL", "start_2"): ("2026-11-30T20:00", "2026-12-02T20:00", "+48 h"),
    ("food_recall", "FOOD-RECALL", "start_3"): ("2026-11-30T20:00", "2026-12-03T20:00", "+72 h"),
    ("food_recall", "FOOD-RECALL", "complete_1"): ("2026-11-30", "2026-12-14", "1–4=4 7–11=9 14=10"),
    ("food_recall", "FOOD-RECALL", "complete_2"): ("2026-11-30", "2026-12-28", "1–4=4 7–11=9 14–18=14 21–25=19 28=20"),
    ("food_recall", "FOOD-RECALL", "complete_3"): (
        "2026-11-30", "2027-01-11", "… 28=20 29–31=23; 2027 as plain weeks: 1=24 4–8=29 11=30 (provisional)",
    ),
    ("food_recall", "SAMR-122", "start_1"): ("2026-12-01T08:00", "2026-12-02T08:00", "+24 h"),
    ("food_recall", "SAMR-122", "start_2"): ("2026-12-01T08:00", "2026-12-02T20:00", "+36 h"),
    ("food_recall", "SAMR-122", "start_3"): ("2026-12-01T08:00", "2026-12-03T08:00", "+48 h"),
    ("food_recall", "SAMR-122", "complete_1"): ("2026-12-01", "2026-12-11", "1+10"),
    ("food_recall", "SAMR-122", "complete_2"): ("2026-12-01", "2026-12-21", "1+20"),
    ("food_recall", "SAMR-122", "complete_3"): ("2026-12-01", "2026-12-31", "1+30"),
    ("food_recall", "SAMR-122", "progress_1"): ("2026-12-01", "2026-12-02", "1+1"),
    ("food_recall", "SAMR-122", "progress_2"): ("2026-12-01", "2026-12-06", "1+5, a Sunday, which does not move it"),
    ("food_recall", "SAMR-122", "progress_3"): ("2026-12-01", "2026-12-11", "1+10"),
    ("food_recall", "SAMR-122", "sum_up"): ("2026-12-11", "2026-12-16", "11+5"),
    # -- redress
    ("redress", "L-CPL", "return"): ("2026-09-24", "2026-10-08", "Oct 1=7 is off, so Oct 8"),
    ("redress", "L-CPL", "return_distance"): ("2026-09-19", "2026-09-28", "Sep 26=7 is off, so Sep 28"),
    # -- transfer of suspected crimes: calendar days
    ("transfer", "SC-310", "approve"): ("2026-09-28", "2026-10-08", "Oct 1=3 is off, so Oct 8"),
    ("transfer", "SC-310", "hand_over"): ("2026-09-30T17:30", "2026-10-01T17:30", "+24 h, into the holiday"),
    ("transfer", "SC-310", "forward"): ("2026-10-03T10:00", "2026-10-04T10:00", "+24 h"),
    ("transfer", "SC-310", "review"): ("2026-10-14", "2026-10-17", "15=1 16=2 17=3, a Saturday, which does not move it"),
    ("transfer", "SC-310", "ask_reconsideration"): ("2025-09-29", "2025-10-09", "Oct 2=3 is off, so Oct 9"),
    ("transfer", "SC-310", "reconsider"): ("2026-02-12", "2026-02-24", "15=3 is off, so Feb 24"),
    ("transfer", "SC-310", "suggest"): ("2026-02-11", "2026-02-14", "14*=3"),
    ("transfer", "SC-310", "hand_goods"): ("2026-12-30", "2027-01-02", "31=1 Jan 1=2 2=3 (provisional)"),
    # -- spot checks of products
    ("product_check", "SAMR-18", "object"): ("2026-09-17", "2026-10-08", "13 to Sep 30, Oct 2=15 is off, so Oct 8"),
    ("product_objection", "SAMR-18", "accept"): ("2026-09-30", "2026-10-10", "[1–7] 8=1 9=2 10*=3"),
    ("product_objection", "SAMR-18", "formalities"): ("2026-09-24", "2026-10-08", "Oct 1=7 is off, so Oct 8"),
    ("product_objection", "SAMR-18", "fix_laboratory"): ("2026-09-21", "2026-10-08", "9 to Sep 30, Oct 1=10 is off, so Oct 8"),
    ("rectification", "SAMR-18", "rectify"): ("2026-08-05", "2026-10-08", "26 to Aug 31, 56 to Sep 30, Oct 4=60 is off, so Oct 8"),
    ("rectification", "SAMR-18", "recheck"): (
        "2026-07-20", "2026-10-08", "11 to Jul 31, 42 to Aug 31, 72 to Sep 30, Oct 3=75 is off, so Oct 8",
    ),
    ("rectification", "SAMR-18", "again_from"): ("2026-05-11", "2026-07-10", "20 to May 31, 50 to Jun 30, Jul 10=60"),
    ("rectification", "SAMR-18", "again_by"): (
        "2026-05-11", "2026-08-09", "Jul 10=60, Jul 31=81, Aug 9=90, a Sunday, which does not move it",
    ),
    # -- spot checks of food, farm products, drugs
    ("food_check", "SAMR-15", "deliver"): ("2026-09-29", "2026-10-12", "30=1 [1–7] 8=2 9=3 10*=4 12=5"),
    ("food_check", "SAMR-15", "object_process"): ("2026-09-28", "2026-10-13", "29=1 30=2 [1–7] 8=3 9=4 10*=5 12=6 13=7"),
    ("food_check", "SAMR-15", "report"): ("2026-02-09", "2026-03-13", "10–13=4 14*=5 [15–23] 24–27=9 28*=10 Mar 2–6=15 9–13=20"),
    ("food_check", "SAMR-15", "hand_in_pass"): ("2026-09-30", "2026-10-15", "[1–7] 8=1 9=2 10*=3 12–15=7"),
    ("food_check", "SAMR-15", "hand_in_fail"): ("2026-09-30", "2026-10-09", "[1–7] 8=1 9=2"),
    ("food_check", "SAMR-15", "tell"): ("2026-04-29", "2026-05-09", "30=1 [1–5] 6–8=4 9*=5"),
    ("food_check", "SAMR-15", "ask_retest"): ("2026-02-12", "2026-02-28", "13=1 14*=2 [15–23] 24–27=6 28*=7"),
    ("food_check", "SAMR-15", "object"): ("2026-06-15", "2026-06-25", "16–18=3 [19–21] 22–25=7"),
    ("food_check", "SAMR-15", "dispose"): ("2026-07-06", "2026-10-08", "25 to Jul 31, 56 to Aug 31, 86 to Sep 30, Oct 4=90 is off, so Oct 8"),
    ("food_objection", "SAMR-15", "accept"): ("2026-12-24", "2026-12-31", "25=1 28=2 29=3 30=4 31=5"),
    ("food_objection", "SAMR-15", "examine_process"): (
        "2026-09-21", "2026-10-26", "22–24=3 [25–27] 28–30=6 [1–7] 8=7 9=8 10*=9 12–16=14 19–23=19 26=20",
    ),
    ("food_objection", "SAMR-15", "examine"): (
        "2026-09-21", "2026-11-09", "… Oct 26=20 (above) 27–30=24 Nov 2–6=29 9=30",
    ),
    ("food_retest", "SAMR-15", "accept"): ("2026-09-30", "2026-10-13", "[1–7] 8=1 9=2 10*=3 12=4 13=5"),
    ("food_retest", "SAMR-15", "fix_laboratory"): ("2026-02-13", "2026-02-27", "14*=1 [15–23] 24–27=5"),
    ("food_retest", "SAMR-15", "hand_spare"): ("2026-09-30", "2026-10-10", "[1–7] 8=1 9=2 10*=3"),
    ("food_retest", "SAMR-15", "decline"): ("2026-02-13", "2026-02-24", "14*=1 [15–23] 24=2"),
    ("food_retest", "SAMR-15", "retest"): ("2026-09-30", "2026-10-20", "[1–7] 8=1 9=2 10*=3 12–16=8 19=9 20=10"),
    ("food_retest", "SAMR-15", "tell"): ("2025-12-31", "2026-01-08", "[1–3] 4*=1 5=2 6=3 7=4 8=5"),
    ("agri_check", "L-APL", "ask_retest"): ("2026-09-24", "2026-10-09", "[25–27] 28=1 29=2 30=3 [1–7] 8=4 9=5"),
    ("agri_check", "L-APL", "ask_retest_fast"): ("2026-09-30T22:30", "2026-10-01T02:30", "+4 h, into the holiday"),
    ("agri_retest", "L-APL", "retest"): ("2026-09-30", "2026-10-15", "[1–7] 8=1 9=2 10*=3 12–15=7"),
    ("drug_check", "L-DAL", "ask_retest"): ("2026-09-24", "2026-10-08", "Oct 1=7 is off, so Oct 8"),
}  # fmt: skip

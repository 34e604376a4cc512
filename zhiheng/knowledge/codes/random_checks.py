"""Results of double-random checks as the publicity system shows them (handbook: SSJ-RESULT).

Nine fields whose names are those that five implementations have in common; the regulator's own table was not seen, so
lengths and codes are not known. The system shows them on the page of one enterprise: who was checked is in no field.
Two provinces write the same words with different numbers, so results travel as words.
"""

from typing import NamedTuple


class Column(NamedTuple):
    """A field: our name, the code, the Chinese name, and ours in English."""

    name: str
    code: str
    zh: str
    en: str


COLUMNS = (
    Column("plan_no", "raninsPlanId", "抽查计划编号", "Number of the plan"),
    Column("plan_name", "raninsPlaneName", "抽查计划名称", "Plan"),  # spelt so in the system
    Column("task_no", "raninsTaskId", "抽查任务编号", "Number of the task"),
    Column("task_name", "raninsTaskName", "抽查任务名称", "Task"),
    Column("inspection_type", "raninsTypeName", "抽查类型", "Kind of check"),
    Column("authority", "insAuth", "抽查机关", "Authority"),
    Column("completed_on", "insDate", "抽查完成日期", "Completed on"),
    Column("item_name", "raninsItemName", "检查事项", "Item"),
    Column("check_result", "raninsCheckResName", "检查结果", "Result"),
)
SUBJECT = (
    Column("name", "", "主体名称", "Organisation"),
    Column("uscc", "", "统一社会信用代码", "Unified social credit code"),
)
"""Who was checked: columns of ours, without which a file of many enterprises says nothing."""
NOTHING_FOUND = "未发现问题"
PUT_RIGHT = "发现问题经责令已改正"
TO_BE_HANDLED = "发现问题待后续处理"
RESULTS = frozenset(
    (
        NOTHING_FOUND, PUT_RIGHT, TO_BE_HANDLED, "未按规定公示应当公示的信息", "公示信息隐瞒真实情况弄虚作假",
        "通过登记的住所(经营场所)无法联系", "不配合检查情节严重", "未发现开展本次抽查涉及的经营活动", "注销", "被撤销",
        "迁出",
    )
)  # fmt: skip
"""The words that two provinces have in common; each has some of its own besides."""


def result_of(passed: bool, put_right: bool) -> str:
    """The words for a final conclusion of ours, and for whether what was ordered has been put right."""
    if passed:
        return NOTHING_FOUND
    return PUT_RIGHT if put_right else TO_BE_HANDLED

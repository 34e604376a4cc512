"""The codes of actions in words, for the pages; a code that is not here is shown as it is."""

from django.utils.translation import gettext_lazy as _

ACTIONS = {
    "accounts.user_created": _("新建账号"),
    "accounts.user_activated": _("恢复账号"),
    "accounts.user_deactivated": _("停用账号"),
    "accounts.password_reset": _("重置密码"),
    "accounts.password_changed": _("本人修改密码"),
    "accounts.second_factor_reset": _("清除两步验证"),
    "accounts.key_created": _("新建接口密钥"),
    "accounts.key_revoked": _("撤销接口密钥"),
    "disclosure.published": _("公开"),
    "disclosure.withdrawn": _("撤回公开"),
    "registry.organisation.create": _("登记主体"),
    "registry.organisation.update": _("变更主体"),
    "registry.name.add": _("增加名称"),
    "registry.site.save": _("登记场所"),
    "registry.product.save": _("登记产品"),
    "registry.person.add": _("登记负责人"),
    "registry.person.end": _("负责人离任"),
    "registry.person.look": _("查看负责人姓名和电话"),
    "registry.phone.look": _("查看联系电话"),
    "registry.alias.add": _("登记同一物的两个代码"),
    "registry.merge": _("合并主体"),
    "registry.merge.undo": _("撤销合并"),
    "registry.organisation.import": _("批量登记主体"),
    "registry.site.import": _("批量登记场所"),
    "registry.product.import": _("批量登记产品"),
    "registry.person.import": _("批量登记负责人"),
    "registry.designation.import": _("批量登记证照"),
    "registry.alias.import": _("批量登记同一物的代码"),
    "exchange.rejected.look": _("下载被拒的行（含个人信息）"),
    "exchange.submit": _("报送数据"),
    "exchange.run_again": _("重新处理"),
    "epcis.submitted": _("报送追溯事件"),
    "epcis.run_again": _("重新处理追溯事件"),
}


def action(code: str) -> str:
    """An action in words."""
    return str(ACTIONS.get(code, code))

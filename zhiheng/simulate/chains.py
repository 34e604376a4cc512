"""The seven important product categories (国办发〔2015〕95号), each as a story from its beginning to its user."""

from collections.abc import Callable

from zhiheng.simulate.actors import GS1, Organisation, rng
from zhiheng.simulate.story import GAS_FILLING, SLAUGHTERING, Chain, Lots

COLD, FROZEN, FRESH = (1.0, 5.0), (-20.0, -16.0), (3.0, 8.0)


def vegetables(c: Chain) -> None:
    """食用农产品: from the field by the crate to market, shop and kitchen."""
    farm, market, carrier = c.pick("vegetables"), c.pick("wholesale"), c.pick("carrier")
    for _ in range(c.random.randint(2, 4)):
        begin = c.minutes
        amount = float(c.random.randrange(400, 2000, 20))
        harvested = c.now().date().isoformat()
        lot = c.make(
            farm, amount, certificate=_certificate(farm), master={"cbvmda:harvestEndDate": harvested}
        )
        c.suspect(lot, farm)
        c.wait(1, 3)
        c.inspect(farm, lots=[(lot, amount)])
        c.wait(1, 3)
        if not c.move(
            farm, market, lots=[(lot, amount)], hours=(2, 8), cold=COLD, carrier=carrier, losable=True
        ):
            c.minutes = begin + 1440
            continue
        c.wait(0.5, 2)
        c.see(market, lots=[(lot, amount)])
        buyers = [
            c.pick(c.random.choice(("shop", "shop", "restaurant"))) for _ in range(c.random.randint(3, 5))
        ]
        part = round(amount / (len(buyers) + 1))
        for i, buyer in enumerate(buyers):
            c.wait(0.5, 2)
            back = c.minutes
            if c.move(
                market, buyer, lots=[(lot, part)], hours=(1, 5), losable=True, last=i == len(buyers) - 1
            ):
                _retail(c, buyer, lot)
            c.minutes = back
        c.minutes = begin + c.random.randrange(1440, 3 * 1440)


def pork(c: Chain) -> None:
    """食用农产品: pigs with ear tags, slaughter, cutting, cold chain, meat counter."""
    farm, house, market, carrier = c.pick("pigs"), c.pick("slaughter"), c.pick("wholesale"), c.pick("carrier")
    lot, pigs = c.make_serials(farm, c.random.randrange(12, 40))
    c.suspect(lot, farm)
    c.wait(24, 72)
    c.see(farm, pigs, step="inspecting", disposition="conformant", certificationInfo=_certificate(farm))
    c.wait(2, 5)
    if not c.move(farm, house, pigs, hours=(3, 8), carrier=carrier, losable=True):
        return
    c.wait(6, 12)
    half = len(pigs) // 2
    for some in (pigs[:half], pigs[half:]):
        (carcass,) = c.transform(
            house,
            [],
            [(0, round(len(some) * 82.5, 1))],
            singles=some,
            step=SLAUGHTERING,
            certificate=_certificate(house),
        )
        c.wait(2, 4)
        c.inspect(house, lots=[(carcass, c.at(carcass, house))])
        c.wait(8, 16)
        weight = c.at(carcass, house)
        (cuts,) = c.transform(
            house, [(carcass, weight)], [(1, round(weight * 0.72, 1))], step="disassembling"
        )
        c.wait(1, 3)
        pallets = _pallets(c, house, cuts, 20.0, 12)
        _distribute(c, house, [market], pallets, "shop", cold=COLD, carrier=carrier)


def fish(c: Chain) -> None:
    """食用农产品: from the pond, alive, to market, restaurant and shop."""
    pond, market, carrier = c.pick("fish"), c.pick("wholesale"), c.pick("carrier")
    for _ in range(c.random.randint(2, 3)):
        begin = c.minutes
        amount = float(c.random.randrange(200, 1500, 10))
        lot = c.make(pond, amount, certificate=_certificate(pond))
        c.suspect(lot, pond)
        c.wait(2, 4)
        if c.random.random() < 0.6:
            c.inspect(pond, lots=[(lot, amount)])
        c.wait(1, 2)
        if c.move(
            pond, market, lots=[(lot, amount)], hours=(2, 6), cold=FRESH, carrier=carrier, losable=True
        ):
            buyers = [c.pick(c.random.choice(("restaurant", "shop"))) for _ in range(c.random.randint(2, 5))]
            part = round(amount / (len(buyers) + 1))
            for i, buyer in enumerate(buyers):
                c.wait(0.5, 1.5)
                back = c.minutes
                if c.move(
                    market, buyer, lots=[(lot, part)], hours=(1, 3), losable=True, last=i == len(buyers) - 1
                ):
                    _retail(c, buyer, lot)
                c.minutes = back
        c.minutes = begin + c.random.randrange(2 * 1440, 5 * 1440)


def food(c: Chain) -> None:
    """食品: raw materials, a half-finished batch, filling, cartons and pallets, wholesaler, shop."""
    plant, carrier = c.pick("food"), c.pick("carrier")
    raw: Lots = []
    for i in range(c.random.randint(2, 3)):
        supplier = c.pick("ingredients")
        amount = float(c.random.randrange(500, 2000, 25))
        lot = c.make(supplier, amount, certificate=_certificate(supplier))
        if i == 0:
            c.suspect(lot, supplier)
        c.wait(2, 10)
        c.move(supplier, plant, lots=[(lot, amount)], hours=(4, 12))
        c.wait(0.5, 2)
        c.inspect(plant, lots=[(lot, amount)], good=lot != c.suspect_lot or c.random.random() < 0.5)
        c.wait(1, 3)
        raw.append((lot, amount))
    total = sum(q for _, q in raw)
    batches = c.random.randint(1, 2)
    traders = [c.pick("wholesale") for _ in range(2)]
    for batch in range(batches):
        c.wait(6, 24)
        share = [(lot, c.at(lot, plant) if batch == batches - 1 else round(q / batches, 1)) for lot, q in raw]
        weight = round(total / batches * 0.9, 1)
        (semi,) = c.transform(plant, share, [(0, weight)], together=c.random.random() < 0.3)
        c.wait(12, 72)
        weight = c.at(semi, plant)
        pieces = c.random.choice((12, 20, 24)) * c.random.randrange(10, 24)
        (lot,) = c.transform(plant, [(semi, weight)], [(1, pieces)], certificate=_certificate(plant))
        c.wait(2, 6)
        c.inspect(plant, lots=[(lot, pieces)])
        c.wait(1, 4)
        pallets = _pallets(c, plant, lot, 24 if pieces % 24 == 0 else 20 if pieces % 20 == 0 else 12, 8)
        _distribute(c, plant, traders, pallets, "shop", carrier=carrier)


def drugs(c: Chain) -> None:
    """药品: active substance, granulate, numbered boxes, cartons, wholesaler, pharmacy, patient."""
    line = c.random.randrange(3)
    maker, substance = c.pick_line("drugs", line, 3), c.pick_line("substance", line, 3)
    trader, carrier = c.pick("drug_wholesale"), c.pick("carrier")
    cold = FRESH if line == 2 else None
    amount = float(c.random.randrange(20, 80, 5))
    lot = c.make(substance, amount, certificate=_certificate(substance))
    c.suspect(lot, substance)
    c.wait(10, 30)
    c.move(
        substance, maker, lots=[(lot, amount)], hours=(5, 20), cold=cold, carrier=carrier if cold else None
    )
    c.wait(4, 10)
    c.inspect(maker, lots=[(lot, amount)])
    c.wait(10, 30)
    (granules,) = c.transform(maker, [(lot, amount)], [(0, round(amount * 0.97, 2))])
    c.wait(10, 30)
    count = c.random.choice((60, 80, 120))
    _, boxes = c.transform_serials(maker, [(granules, c.at(granules, maker))], 1, count)
    c.wait(20, 60)
    c.inspect(maker, boxes[:5])
    c.wait(2, 5)
    cartons = [c.pack(maker, boxes[i : i + 20]) for i in range(0, count, 20)]
    pallet = c.pack(maker, cartons)
    c.wait(4, 12)
    if not c.move(maker, trader, [pallet], hours=(6, 20), cold=cold, carrier=carrier, losable=True):
        return
    c.wait(1, 3)
    for carton in c.unpack(trader, pallet):
        c.wait(2, 8)
        back = c.minutes
        pharmacy = c.pick("pharmacy")
        if c.move(
            trader,
            pharmacy,
            [carton],
            hours=(3, 10),
            cold=cold,
            carrier=carrier if cold else None,
            losable=True,
        ):
            c.wait(1, 4)
            c.see(pharmacy, [carton], step="accepting", disposition="sellable_not_accessible")
            c.wait(0.5, 1)
            stock = c.unpack(pharmacy, carton)
            for one in stock[: c.random.randrange(3, 14)]:
                c.wait(5, 40)
                c.sell(pharmacy, [one], step="dispensing")
        c.minutes = back


def fertiliser(c: Chain) -> None:
    """农业生产资料: raw materials, mixing, bags on pallets, dealer, farm."""
    maker, carrier = c.pick("fertiliser"), c.pick("carrier")
    raw: Lots = []
    for _ in range(2):
        supplier = c.pick("minerals")
        amount = float(c.random.randrange(5000, 20000, 500))
        lot = c.make(supplier, amount)
        c.wait(4, 12)
        c.move(supplier, maker, lots=[(lot, amount)], hours=(6, 24))
        raw.append((lot, amount))
    c.wait(12, 30)
    bags = int(sum(q for _, q in raw) * 0.96 / 50 // 40 * 40)
    (lot,) = c.transform(maker, raw, [(0, bags)], certificate=_certificate(maker))
    c.wait(3, 8)
    c.inspect(maker, lots=[(lot, bags)])
    pallets = [c.pack(maker, lots=[(lot, 40)]) for _ in range(bags // 40)][:24]
    dealers = [c.pick("agri_dealer") for _ in range(3)]
    for i, dealer in enumerate(dealers):
        c.wait(10, 30)
        back = c.minutes
        mine = pallets[i :: len(dealers)]
        if mine and c.move(maker, dealer, mine, hours=(5, 20), carrier=carrier, losable=True):
            for pallet in mine:
                c.wait(2, 20)
                c.unpack(dealer, pallet)
            farm = c.pick("vegetables")
            c.wait(5, 30)
            if c.move(dealer, farm, lots=[(lot, 20)], hours=(1, 4), losable=True):
                c.wait(10, 50)
                c.sell(farm, lots=[(lot, 15)], step="destroying")
            for _ in range(c.random.randint(2, 4)):
                c.wait(10, 60)
                c.sell(dealer, lots=[(lot, c.random.randint(1, 5))])
        c.minutes = back


def lifts(c: Chain) -> None:
    """特种设备: components of several makers, assembly, installation at the building, inspection, repair."""
    maker, carrier = c.pick("lifts"), c.pick("carrier")
    parts: list[list[str]] = []
    count = c.random.randint(2, 4)
    for line in range(3):
        supplier = c.pick_line("parts", line, 3)
        _, serials = c.make_serials(supplier, count + (line == 2))
        c.wait(5, 20)
        crate = c.pack(supplier, serials)
        c.move(supplier, maker, [crate], hours=(8, 30), carrier=carrier)
        c.wait(2, 6)
        parts.append(c.unpack(maker, crate))
    _, made = c.make_serials(maker, count)
    for i, lift in enumerate(made):
        c.wait(10, 20)
        c.install(maker, lift, [p[i] for p in parts])
    c.wait(20, 50)
    c.inspect(maker, made)
    for lift in made:
        c.wait(20, 50)
        back = c.minutes
        building = c.pick("property")
        if c.move(maker, building, [lift], hours=(10, 40), carrier=carrier, losable=True):
            c.wait(50, 150)
            c.see(building, [lift], step="installing", disposition="active")
            c.wait(20, 60)
            c.inspect(building, [lift])
            for _ in range(c.random.randint(1, 3)):  # 维护保养 at least every fortnight
                c.wait(330, 340)
                c.see(building, [lift], step="repairing", disposition="active")
        c.minutes = back


def gas(c: Chain) -> None:
    """危险品: gas by the tank, filled into cylinders that come back and are filled again."""
    depot, filling, carrier = c.pick("gas_depot"), c.pick("gas_filling"), c.pick("carrier")
    cylinders = [f"{GS1}8003/0{_grai(filling)}{c.index}C{i:03d}" for i in range(c.random.randrange(8, 16))]
    customers = [c.pick("restaurant") for _ in range(4)]
    c.emit("Object", filling, "commissioning", action="ADD", epcList=c.forms(cylinders), disposition="active")
    for _ in range(2):
        begin = c.minutes
        c.wait(2, 5)
        amount = float(len(cylinders) * 15)
        bulk = c.make(depot, amount)
        c.wait(3, 8)
        if not c.move(depot, filling, lots=[(bulk, amount)], hours=(3, 9), carrier=carrier):
            return
        c.wait(2, 6)
        _, fillings = c.transform_serials(
            filling, [(bulk, len(cylinders) * 14.5)], 0, len(cylinders), step=GAS_FILLING
        )
        for cylinder, one in zip(cylinders, fillings, strict=True):
            c.minutes += 2
            c.pack(filling, [one], parent=cylinder)
        c.wait(1, 3)
        c.see(filling, cylinders, step="inspecting", disposition="conformant")
        kept: list[str] = []
        c.wait(2, 4)
        out = c.minutes
        latest = out
        for i, customer in enumerate(customers):
            mine = cylinders[i :: len(customers)]
            c.minutes = out + 60 * i
            if not mine or not c.move(filling, customer, mine, hours=(1, 4), losable=True):
                continue
            for cylinder in mine:
                c.wait(40, 120)
                content = c.inside[cylinder][0][0]
                c.sell(customer, [content], step="destroying", twice=False)
                c.wait(1, 2)
                c.unpack(customer, cylinder, whole=True)
            c.wait(2, 20)
            if c.move(customer, filling, mine, hours=(1, 4), back=True):
                kept += mine
            latest = max(latest, c.minutes)
        cylinders = kept
        if not cylinders:
            return
        c.minutes = max(latest, begin) + c.random.randrange(1440, 3 * 1440)


def rare_earth(c: Chain) -> None:
    """稀土产品: mine, separation, metal and magnets, the motor they end in."""
    mine, plant, maker, user = c.pick("mine"), c.pick("separation"), c.pick("magnets"), c.pick("motors")
    carrier = c.pick("carrier")
    ore: Lots = []
    for _ in range(c.random.randint(2, 3)):
        amount = float(c.random.randrange(2000, 8000, 100))
        lot = c.make(mine, amount)
        c.wait(12, 40)
        c.move(mine, plant, lots=[(lot, amount)], hours=(10, 40), carrier=carrier)
        ore.append((lot, amount))
        c.wait(2, 6)
    total = sum(q for _, q in ore)
    c.wait(40, 100)
    light, heavy = c.transform(plant, ore, [(0, round(total * 0.25, 1)), (1, round(total * 0.03, 1))])
    c.wait(4, 10)
    c.inspect(plant, lots=[(light, c.at(light, plant)), (heavy, c.at(heavy, plant))])
    c.wait(4, 10)
    sent = [(light, round(c.at(light, plant) * 0.8, 1)), (heavy, round(c.at(heavy, plant) * 0.5, 1))]
    c.move(plant, maker, lots=sent, hours=(10, 40), carrier=carrier)
    c.wait(20, 60)
    (metal,) = c.transform(maker, sent, [(0, round(sum(q for _, q in sent) * 0.8, 1))])
    c.wait(20, 60)
    weight = c.at(metal, maker)
    pieces = 2400
    (magnets,) = c.transform(maker, [(metal, weight)], [(1, pieces)])
    c.wait(5, 20)
    c.see(maker, lots=[(magnets, pieces)])
    boxes = [c.pack(maker, lots=[(magnets, 200)]) for _ in range(pieces // 200)]
    c.wait(5, 20)
    if not c.move(maker, user, boxes[:8], hours=(8, 30), carrier=carrier, losable=True):
        return
    for box in boxes[:4]:
        c.wait(2, 10)
        c.unpack(user, box)
        c.wait(2, 10)
        c.transform_serials(user, [(magnets, 192)], 0, 8, step="assembling")


# -- what several stories share ---------------------------------------------------------------------------------


def _certificate(maker: Organisation) -> str:
    """承诺达标合格证, 检疫证明 or certificate: a page of the maker's."""
    return f"https://example.org/simulated/certificates/{maker.uscc}"


def _grai(maker: Organisation) -> str:
    """The asset type of a filling station's cylinders."""
    from zhiheng.simulate.actors import gln

    return gln(maker.number, 90)


def _pallets(c: Chain, maker: Organisation, lot: str, each: float, high: int) -> list[str]:
    """Cartons of ``each``, ``high`` to a pallet; what does not fill a carton stays."""
    count = min(int(c.at(lot, maker) // each), 24)
    cartons = []
    for _ in range(count):
        c.minutes += 1
        cartons.append(c.pack(maker, lots=[(lot, each)]))
    c.minutes += 10
    return [c.pack(maker, cartons[i : i + high]) for i in range(0, count, high)]


def _distribute(
    c: Chain,
    maker: Organisation,
    traders: list[Organisation],
    pallets: list[str],
    role: str,
    *,
    cold: tuple[float, float] | None = None,
    carrier: Organisation | None = None,
) -> None:
    """Pallets to wholesalers, cartons to shops, pieces to people. The clock stands still for the caller."""
    begin = c.minutes
    for i, trader in enumerate(traders):
        mine = pallets[i :: len(traders)]
        c.minutes = begin + 240 * i
        c.wait(1, 3)
        if not mine or not c.move(
            maker, trader, mine, hours=(4, 12), cold=cold, carrier=carrier, losable=True
        ):
            continue
        cartons: list[str] = []
        for pallet in mine:
            c.wait(0.3, 1)
            cartons += c.unpack(trader, pallet)
        c.see(trader, cartons)
        shops = [c.pick(role) for _ in range(c.random.randint(2, 3))]
        step = -(-len(cartons) // (len(shops) + 1))  # the last share stays in the warehouse
        for j, shop in enumerate(shops):
            some = cartons[j * step : (j + 1) * step]
            c.wait(2, 8)
            back = c.minutes
            if some and c.move(trader, shop, some, hours=(1, 6), cold=cold, losable=True):
                for carton in some:
                    c.wait(0.5, 6)
                    lot = c.inside[carton][0][0]
                    c.unpack(shop, carton)
                _retail(c, shop, lot)
            c.minutes = back
    c.minutes = begin


def _retail(c: Chain, shop: Organisation, lot: str) -> None:
    """Most of it is sold, over some days."""
    for _ in range(c.random.randint(1, 3)):
        c.wait(4, 30)
        left = c.at(lot, shop)
        some = (
            round(left * c.random.uniform(0.2, 0.6), 1)
            if c.unit[lot]
            else int(left * c.random.uniform(0.2, 0.6))
        )
        if some > 0:
            c.sell(shop, lots=[(lot, some)])


STORIES: dict[str, tuple[int, str, Callable[[Chain], None]]] = {
    "vegetables": (4, "agri", vegetables),
    "pork": (3, "agri", pork),
    "fish": (2, "agri", fish),
    "food": (5, "food", food),
    "drugs": (2, "drug", drugs),
    "fertiliser": (1, "agri_input", fertiliser),
    "lifts": (1, "special_equipment", lifts),
    "gas": (1, "dangerous", gas),
    "rare_earth": (1, "rare_earth", rare_earth),
}
_ORDER = [story for story, (weight, _, _) in STORIES.items() for _ in range(weight)]


def story_of(seed: int, index: int) -> str:
    """Which story a chain tells: every twenty chains have all of them, shuffled."""
    block, place = divmod(index, len(_ORDER))
    order = list(_ORDER)
    rng(seed, "stories", block).shuffle(order)
    return order[place]

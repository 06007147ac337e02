/** Goods for the peer till: short and long names, several scripts, by the piece and by weight, one for adults, one without a price. */
import type { PeerItem } from './peer-till.ts';

const piece = (department: string, plu: string, symbol: string, name: string, price: number, more: Partial<PeerItem> = {}): PeerItem => ({
  sku: `sku-${plu}`,
  plu,
  symbol,
  name,
  unit: 'piece',
  unitPrice: { amount: price, decimals: 2 },
  department,
  ...more,
});
const loose = (plu: string, symbol: string, name: string, price: number): PeerItem => ({
  ...piece('Produce', plu, symbol, name, price),
  unit: 'gram',
});

export const PEER_GOODS: readonly PeerItem[] = [
  loose('4011', '🍌', 'Bananas', 199),
  loose('4135', '🍎', 'Apples Gala', 279),
  piece('Produce', '4053', '🍋', 'Lemons', 45),
  piece('Produce', '4225', '🥑', 'Avocado', 129),
  loose('4664', '🍅', 'Tomatoes vine', 349),
  loose('4072', '🥔', 'Potatoes', 119),
  loose('4093', '🧅', 'Onions yellow', 109),
  loose('4562', '🥕', 'Carrots', 99),
  piece('Produce', '4060', '🥦', 'Broccoli', 179),
  piece('Produce', '4061', '🥬', 'Lettuce', 139),
  loose('4022', '🍇', 'Grapes white', 399),
  loose('4688', '🫑', 'Peppers red', 449),
  loose('4430', '🍍', 'Pineapple, peeled and cut, ready to eat', 799),
  piece('Bakery', '101', '🥐', 'Croissant', 110),
  piece('Bakery', '102', '🥖', 'Baguette', 189),
  piece('Bakery', '103', '🥨', 'Pretzel', 85),
  piece('Deposit', '201', '♻️', 'Deposit 0.25', 25),
  piece('Flowers', '301', '🌷', 'Tulips, bunch', 499),
  piece('Flowers', '302', '🌹', 'Roses red', 299, { style: 'Roses' }),
  piece('Flowers', '303', '🌹', 'Roses white', 349, { style: 'Roses' }),
  piece('Services', '401', '🛍️', 'Paper bag', 20),
  piece('Dairy', '501', '🥛', 'Whole milk 1 l', 129, { code: '4006381333931', brand: 'Alpenhof' }),
  piece('Dairy', '502', '', 'Bio-Haferdrink Barista Edition ohne Zuckerzusatz, laktosefrei, Mehrwegflasche 1,0 Liter', 249, {
    code: '4012345678901',
    brand: 'Hafermühle',
  }),
  piece('Sweets', '503', '🍫', 'Dark chocolate 70 %', 219, { code: '7622210449283', brand: 'Kakaohaus' }),
  piece('Pasta', '504', '🍝', 'Spaghetti No. 5 500 g', 149, { code: '8076800195057', brand: 'Pastificio' }),
  piece('Drinks', '505', '🍷', 'Riesling dry 0.75 l', 890, { code: '4000000000006', brand: 'Weingut', minimumAgeYears: 18 }),
  piece('Drinks', '511', '🥃', 'Schnapps 0.7 l', 1_290, { asksHours: true }),
  piece('Drinks', '506', '💧', 'Mineral water 1.5 l', 59, { code: '4000000000013' }),
  piece('Pantry', '507', '', 'خبز عربي طازج من الفرن ٥٠٠ غرام', 175, { code: '6281000000012', brand: 'المخبز' }),
  piece('Pantry', '508', '', 'شاي أسود', 320, { code: '6281000000029' }),
  piece('Pantry', '509', '', 'Weizenvollkornmehl Type 1050, Donaudampfschifffahrtsgesellschaft', 135, { code: '4000000000020' }),
  { sku: 'gift-card', name: 'Gift card', unit: 'piece', department: 'Services', code: '4000000000044', symbol: '🎁', isCard: true },
  { sku: 'sku-510', plu: '510', name: 'Sample without a price', unit: 'piece', department: 'Pantry', code: '4000000000037' },
];

/** What slips of the drawer, of a shift and of a basket say, in the languages of receipts: that of the store, for they are its own papers. */
import { isReceiptLanguage, type ReceiptLanguage } from '@holdfast/domain';

export interface SlipWords {
  readonly businessDate: string;
  readonly printed: string;
  readonly laneAndDrawer: string;
  readonly operator: string;
  /** Before the number of a shift that goes on. */
  readonly xShift: string;
  readonly sales: string;
  readonly ofThemRefunds: string;
  readonly voided: string;
  readonly reprints: string;
  readonly total: string;
  readonly takenOff: string;
  readonly refunded: string;
  readonly tips: string;
  readonly changeGiven: string;
  readonly rounding: string;
  readonly terminal: string;
  readonly withoutName: string;
  readonly taken: string;
  readonly settled: string;
  readonly no: string;
  readonly countedByTerminal: string;
  readonly sinceSettled: string;
  readonly difference: string;
  readonly float: string;
  readonly paidIn: string;
  readonly paidOut: string;
  readonly drop: string;
  readonly loan: string;
  readonly paidForCards: string;
  readonly mustLieInDrawer: string;
  readonly counted: string;
  readonly overShort: string;
  readonly reason: string;
  readonly allShifts: string;
  readonly signature: string;
  readonly setAside: string;
  readonly pieces: string;
  /** Under the code of a basket that was set aside. */
  readonly scanToGoOn: string;
  readonly pickList: string;
}

const WORDS: Readonly<Record<ReceiptLanguage, SlipWords>> = {
  en: {
    businessDate: 'Business date',
    printed: 'Printed',
    laneAndDrawer: 'Lane, drawer',
    operator: 'Operator',
    xShift: 'X, shift',
    sales: 'Sales',
    ofThemRefunds: 'of them refunds',
    voided: 'Voided lines, sales',
    reprints: 'Reprints, approvals',
    total: 'Total',
    takenOff: 'Taken off',
    refunded: 'Refunded',
    tips: 'tips',
    changeGiven: 'Change given',
    rounding: 'Rounding',
    terminal: 'Terminal',
    withoutName: '(without a name)',
    taken: 'Taken',
    settled: 'Settled',
    no: 'no',
    countedByTerminal: 'Counted by it',
    sinceSettled: 'Here since settled',
    difference: 'Difference',
    float: 'Float',
    paidIn: 'Paid in',
    paidOut: 'Paid out',
    drop: 'Drops to the safe',
    loan: 'Loans from the safe',
    paidForCards: 'Paid out for cards',
    mustLieInDrawer: 'Must lie in the drawer',
    counted: 'Counted',
    overShort: 'Over or short',
    reason: 'Reason',
    allShifts: 'Of all shifts so far',
    signature: 'Signature',
    setAside: 'Set aside',
    pieces: 'Pieces',
    scanToGoOn: 'Scan this to go on',
    pickList: 'Pick list',
  },
  de: {
    businessDate: 'Geschäftstag',
    printed: 'Gedruckt',
    laneAndDrawer: 'Kasse, Lade',
    operator: 'Bediener',
    xShift: 'X, Schicht',
    sales: 'Verkäufe',
    ofThemRefunds: 'davon Erstattungen',
    voided: 'Stornos Zeilen, Bons',
    reprints: 'Nachdrucke, Freigaben',
    total: 'Summe',
    takenOff: 'Nachlässe',
    refunded: 'Erstattet',
    tips: 'Trinkgeld',
    changeGiven: 'Rückgeld',
    rounding: 'Rundung',
    terminal: 'Terminal',
    withoutName: '(ohne Namen)',
    taken: 'Angenommen',
    settled: 'Abgerechnet',
    no: 'nein',
    countedByTerminal: 'Dort gezählt',
    sinceSettled: 'Hier seit Abrechnung',
    difference: 'Differenz',
    float: 'Wechselgeld',
    paidIn: 'Einlage',
    paidOut: 'Entnahme',
    drop: 'Abschöpfung in den Tresor',
    loan: 'Nachschub aus dem Tresor',
    paidForCards: 'Auf Karten ausgezahlt',
    mustLieInDrawer: 'Sollbestand',
    counted: 'Gezählt',
    overShort: 'Kassendifferenz',
    reason: 'Grund',
    allShifts: 'Aller Schichten bisher',
    signature: 'Unterschrift',
    setAside: 'Geparkt',
    pieces: 'Stück',
    scanToGoOn: 'Zum Fortsetzen scannen',
    pickList: 'Kommissionierliste',
  },
  fr: {
    businessDate: 'Jour comptable',
    printed: 'Imprimé',
    laneAndDrawer: 'Caisse, tiroir',
    operator: 'Opérateur',
    xShift: 'X, service',
    sales: 'Ventes',
    ofThemRefunds: 'dont remboursements',
    voided: 'Lignes, ventes annulées',
    reprints: 'Duplicatas, accords',
    total: 'Total',
    takenOff: 'Remises',
    refunded: 'Remboursé',
    tips: 'pourboires',
    changeGiven: 'Monnaie rendue',
    rounding: 'Arrondi',
    terminal: 'Terminal',
    withoutName: '(sans nom)',
    taken: 'Encaissé',
    settled: 'Télécollecté',
    no: 'non',
    countedByTerminal: 'Compté par lui',
    sinceSettled: 'Ici depuis la collecte',
    difference: 'Différence',
    float: 'Fond de caisse',
    paidIn: 'Apport',
    paidOut: 'Sortie de caisse',
    drop: 'Prélèvements au coffre',
    loan: 'Apports du coffre',
    paidForCards: 'Versé pour cartes',
    mustLieInDrawer: 'Attendu dans le tiroir',
    counted: 'Compté',
    overShort: 'Écart de caisse',
    reason: 'Motif',
    allShifts: 'Tous services à ce jour',
    signature: 'Signature',
    setAside: 'Mis en attente',
    pieces: 'Pièces',
    scanToGoOn: 'À scanner pour reprendre',
    pickList: 'Liste de prélèvement',
  },
  es: {
    businessDate: 'Día contable',
    printed: 'Impreso',
    laneAndDrawer: 'Caja, cajón',
    operator: 'Operador',
    xShift: 'X, turno',
    sales: 'Ventas',
    ofThemRefunds: 'de ellas devoluciones',
    voided: 'Líneas, ventas anuladas',
    reprints: 'Copias, permisos',
    total: 'Total',
    takenOff: 'Descuentos',
    refunded: 'Devuelto',
    tips: 'propinas',
    changeGiven: 'Cambio entregado',
    rounding: 'Redondeo',
    terminal: 'Terminal',
    withoutName: '(sin nombre)',
    taken: 'Cobrado',
    settled: 'Liquidado',
    no: 'no',
    countedByTerminal: 'Contado por él',
    sinceSettled: 'Aquí desde el cierre',
    difference: 'Diferencia',
    float: 'Fondo de caja',
    paidIn: 'Entrada',
    paidOut: 'Salida',
    drop: 'Retiradas a la caja fuerte',
    loan: 'Entregas de la caja fuerte',
    paidForCards: 'Pagado por tarjetas',
    mustLieInDrawer: 'Debe haber en el cajón',
    counted: 'Contado',
    overShort: 'Descuadre',
    reason: 'Motivo',
    allShifts: 'De todos los turnos',
    signature: 'Firma',
    setAside: 'Aparcado',
    pieces: 'Piezas',
    scanToGoOn: 'Escanear para continuar',
    pickList: 'Lista de recogida',
  },
  ar: {
    businessDate: 'يوم العمل',
    printed: 'طُبع',
    laneAndDrawer: 'الصندوق، الدرج',
    operator: 'الموظف',
    xShift: 'X، الوردية',
    sales: 'المبيعات',
    ofThemRefunds: 'منها مردودات',
    voided: 'أسطر ومبيعات ملغاة',
    reprints: 'نسخ، موافقات',
    total: 'المجموع',
    takenOff: 'الخصومات',
    refunded: 'المبالغ المردودة',
    tips: 'بقشيش',
    changeGiven: 'الباقي المدفوع',
    rounding: 'التقريب',
    terminal: 'جهاز الدفع',
    withoutName: '(بلا اسم)',
    taken: 'المقبوض',
    settled: 'تمت التسوية',
    no: 'لا',
    countedByTerminal: 'عدّه الجهاز',
    sinceSettled: 'هنا منذ التسوية',
    difference: 'الفرق',
    float: 'رصيد البداية',
    paidIn: 'إيداع',
    paidOut: 'سحب',
    drop: 'نُقل إلى الخزنة',
    loan: 'أُخذ من الخزنة',
    paidForCards: 'دُفع مقابل بطاقات',
    mustLieInDrawer: 'المفترض في الدرج',
    counted: 'المعدود',
    overShort: 'زيادة أو نقص',
    reason: 'السبب',
    allShifts: 'كل الورديات حتى الآن',
    signature: 'التوقيع',
    setAside: 'معلّق',
    pieces: 'القطع',
    scanToGoOn: 'امسح الرمز للمتابعة',
    pickList: 'قائمة التجهيز',
  },
  ja: {
    businessDate: '営業日',
    printed: '印刷',
    laneAndDrawer: 'レジ、ドロア',
    operator: '担当者',
    xShift: 'X、シフト',
    sales: '売上件数',
    ofThemRefunds: 'うち返金',
    voided: '取消行、取消会計',
    reprints: '再発行、承認',
    total: '合計',
    takenOff: '値引',
    refunded: '返金額',
    tips: 'チップ',
    changeGiven: '釣銭',
    rounding: '端数',
    terminal: '端末',
    withoutName: '（名称なし）',
    taken: '受取',
    settled: '締め',
    no: '未',
    countedByTerminal: '端末の集計',
    sinceSettled: '締め以降のレジ',
    difference: '差額',
    float: '釣銭準備金',
    paidIn: '入金',
    paidOut: '出金',
    drop: '金庫へ回収',
    loan: '金庫から補充',
    paidForCards: 'カード払出',
    mustLieInDrawer: '理論在高',
    counted: '実在高',
    overShort: '過不足',
    reason: '理由',
    allShifts: '全シフト累計',
    signature: '署名',
    setAside: '保留',
    pieces: '点数',
    scanToGoOn: '読み取ると再開します',
    pickList: 'ピッキングリスト',
  },
};

/** `locale`: BCP 47; English where receipts do not speak it. */
export function slipWords(locale: string): SlipWords {
  const { language } = new Intl.Locale(locale);
  return WORDS[isReceiptLanguage(language) ? language : 'en'];
}

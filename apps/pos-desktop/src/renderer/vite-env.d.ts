declare module '*.module.css' {
  const classes: Readonly<Record<string, string>>;
  export default classes;
}

declare module '@holdfast/ui/styles.css';

declare module '*?url' {
  const url: string;
  export default url;
}

declare module '*.wav' {
  const url: string;
  export default url;
}

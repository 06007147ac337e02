/** Style sheets without names of their own are the bundler's business. */
declare module '@holdfast/ui/styles.css' {}
declare module '*/console.css' {}

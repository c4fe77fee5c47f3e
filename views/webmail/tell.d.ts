/** tell.js is read as text and sent to the browser; nothing here runs it. */
declare const text: string;
export default text;

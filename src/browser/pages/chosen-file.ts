/** Whether a file is a picture, which becomes a page. */
export const isPhoto = ({ type }: File): boolean => type === 'image/jpeg' || type === 'image/png'
